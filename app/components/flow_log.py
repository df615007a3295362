"""Which connections the network saw, accepted and refused."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.flow_log import FlowLog
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from app.components.log_group import log_group
from app.components.policy_document import Statement, policy_document
from app.config.names import ROLE_BOUNDARY, Names

# A minute instead of ten: an attack or a blocked replication is looked for while it happens.
AGGREGATION_SECONDS = 60


class VpcFlowLog(Construct):
    """All traffic of a VPC in an encrypted log group, written under a role of its own."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        vpc_id: str,
        group_name: str,
        key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        group = log_group(self, "group", name=group_name, key_arn=key_arn)
        role = IamRole(
            self,
            "role",
            name=f"{names.prefix}-flow-log",
            assume_role_policy=policy_document(_trust(names)),
            permissions_boundary=ROLE_BOUNDARY,
        )
        policy = IamRolePolicy(
            self,
            "policy",
            name="write",
            role=role.id,
            policy=policy_document(_write(names, group_name)),
        )
        FlowLog(
            self,
            "log",
            vpc_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=AGGREGATION_SECONDS,
            tags={"Name": names.prefix},
            depends_on=[policy],
        )


def _trust(names: Names) -> Statement:
    """Only flow logs of this account may make use of the role."""
    logs = f"arn:aws:ec2:{names.region}:{names.account_id}:vpc-flow-log/*"
    return Statement(
        sid="FlowLogs",
        principal={"Service": "vpc-flow-logs.amazonaws.com"},
        actions=("sts:AssumeRole",),
        condition={
            "ArnLike": {"aws:SourceArn": logs},
            "StringEquals": {"aws:SourceAccount": names.account_id},
        },
    )


def _write(names: Names, group_name: str) -> Statement:
    group = f"arn:aws:logs:{names.region}:{names.account_id}:log-group:{group_name}"
    return Statement(
        sid="WriteLog",
        actions=("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
        resources=(group, f"{group}:*"),
    )
