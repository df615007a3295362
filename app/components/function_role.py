"""The role of one function: what its code calls, and what Lambda does in its name."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from app.components.policy_document import Statement, policy_document
from app.config.names import ROLE_BOUNDARY, Names

LAMBDA = {"Service": "lambda.amazonaws.com"}


class FunctionRole(Construct):
    """Offers `arn`, and `policy`: create a function after it, or Lambda refuses the VPC."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        function_name: str,
        key_arn: str,
        failure_queue_arn: str,
        statements: Sequence[Statement],
    ) -> None:
        super().__init__(scope, id_)
        trust = Statement(sid="Lambda", actions=("sts:AssumeRole",), principal=LAMBDA)
        role = IamRole(
            self,
            "role",
            name=function_name,
            assume_role_policy=policy_document(trust),
            permissions_boundary=ROLE_BOUNDARY,
        )
        self.policy = IamRolePolicy(
            self,
            "policy",
            name="function",
            role=role.id,
            policy=policy_document(
                _write_logs(names, function_name),
                *_network_interfaces(names),
                _trace(),
                *_keep_failures(queue_arn=failure_queue_arn, key_arn=key_arn),
                *statements,
            ),
        )
        self.arn: str = role.arn


def _write_logs(names: Names, function_name: str) -> Statement:
    group = f"arn:aws:logs:{names.region}:{names.account_id}:log-group:/aws/lambda/{function_name}"
    return Statement(
        sid="WriteLogs",
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        resources=(f"{group}:*",),
    )


def _network_interfaces(names: Names) -> tuple[Statement, ...]:
    ec2 = f"arn:aws:ec2:{names.region}:{names.account_id}"
    return (
        Statement(
            sid="AttachToNetwork",
            actions=(
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:UnassignPrivateIpAddresses",
            ),
            resources=tuple(
                f"{ec2}:{kind}/*" for kind in ("network-interface", "security-group", "subnet")
            ),
        ),
        # Lambda asks for it before there is an interface, so a kind of resource is too narrow:
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
        Statement(
            sid="DetachFromNetwork",
            actions=("ec2:DeleteNetworkInterface",),
            resources=(f"{ec2}:*/*",),
        ),
        # Describe calls know no resource: AWS allows nothing narrower.
        Statement(
            sid="SeeNetwork",
            actions=("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"),
            resources=("*",),
        ),
    )


def _trace() -> Statement:
    """Send traces; X-Ray knows no resource for it: AWS allows nothing narrower."""
    return Statement(
        sid="Trace",
        actions=("xray:PutTelemetryRecords", "xray:PutTraceSegments"),
        resources=("*",),
    )


def _keep_failures(*, queue_arn: str, key_arn: str) -> tuple[Statement, ...]:
    return (
        Statement(sid="KeepFailures", actions=("sqs:SendMessage",), resources=(queue_arn,)),
        # The key of the queue, and of the function's variables.
        Statement(
            sid="UseFunctionsKey",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(key_arn,),
        ),
    )
