"""The two roles of fixed names without which DMS works in no network and writes no log."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from app.components.policy_document import Statement, policy_document
from app.config.names import ACCOUNT_ROLES, ROLE_BOUNDARY, Names

DMS = {"Service": "dms.amazonaws.com"}
GUARDED = TerraformResourceLifecycle(prevent_destroy=True)
_DESCRIBE = (
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)
_CHANGE = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:ModifyNetworkInterfaceAttribute",
)


class ReplicationRoles(Construct):
    """DMS refuses a subnet group or a log before they are there.

    The names are DMS's, one pair an account, so other environments of the account use them too:
    nothing destroys them, and no delivery may change them.
    """

    def __init__(self, scope: Construct, id_: str, *, names: Names) -> None:
        super().__init__(scope, id_)
        self._role("network", names, _network(names))
        self._role("logs", names, _logs(names))

    def _role(self, id_: str, names: Names, statements: tuple[Statement, ...]) -> None:
        trust = Statement(
            sid="Dms",
            actions=("sts:AssumeRole",),
            principal=DMS,
            condition={"StringEquals": {"aws:SourceAccount": names.account_id}},
        )
        role = IamRole(
            self,
            id_,
            name=ACCOUNT_ROLES[id_],
            assume_role_policy=policy_document(trust),
            permissions_boundary=ROLE_BOUNDARY,
            lifecycle=GUARDED,
        )
        IamRolePolicy(
            self, f"{id_}-policy", name="dms", role=role.id, policy=policy_document(*statements)
        )


def _network(names: Names) -> tuple[Statement, ...]:
    ec2 = f"arn:aws:ec2:{names.region}:{names.account_id}"
    kinds = ("network-interface", "security-group", "subnet")
    return (
        Statement(
            sid="AttachToNetwork",
            actions=_CHANGE,
            resources=tuple(f"{ec2}:{kind}/*" for kind in kinds),
        ),
        # Describe calls know no resource: AWS allows nothing narrower.
        Statement(sid="SeeNetwork", actions=_DESCRIBE, resources=("*",)),
    )


def _logs(names: Names) -> tuple[Statement, ...]:
    every_group = f"arn:aws:logs:{names.region}:{names.account_id}:log-group:*"
    groups = every_group.replace("*", "dms-tasks-*")
    return (
        Statement(sid="FindGroups", actions=("logs:DescribeLogGroups",), resources=(every_group,)),
        Statement(
            sid="WriteLogs",
            actions=(
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ),
            resources=(groups, f"{groups}:log-stream:*"),
        ),
    )
