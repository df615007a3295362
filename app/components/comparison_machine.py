"""The state machine that has the parts of a comparison read by as many functions as wanted."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.sfn_state_machine import (
    SfnStateMachine,
    SfnStateMachineEncryptionConfiguration,
    SfnStateMachineLoggingConfiguration,
    SfnStateMachineTracingConfiguration,
)
from constructs import Construct

from app.components.comparison_definition import comparison_definition
from app.components.function_permissions import use_key
from app.components.log_group import log_group
from app.components.policy_document import Statement, policy_document
from app.config.evidence_prefixes import COMPARISONS
from app.config.names import ROLE_BOUNDARY, Names

# Longer than the function may run: a time-out of the function says more than one of the state.
_GRACE_SECONDS = 10


class ComparisonMachine(Construct):
    """A standard state machine with a distributed map; traced, logged, under the customer's key.

    Its role reads lists of parts, calls the one function, and starts no other state machine.
    """

    def __init__(
        self, scope: Construct, id_: str, *, names: Names, key_arn: str, function_seconds: int
    ) -> None:
        super().__init__(scope, id_)
        function_arn = names.function_arn("comparison")
        logs = log_group(self, "logs", name=names.comparison_log_group, key_arn=key_arn)
        role = IamRole(
            self,
            "role",
            name=f"{names.comparison_machine}-machine",
            assume_role_policy=policy_document(_trust(names)),
            permissions_boundary=ROLE_BOUNDARY,
        )
        policy = IamRolePolicy(
            self,
            "policy",
            name="machine",
            role=role.id,
            policy=policy_document(
                Statement(
                    sid="ReadParts",
                    actions=("lambda:InvokeFunction",),
                    resources=(function_arn,),
                ),
                *_read_list(names),
                *_start_itself(names),
                _seal(key_arn),
                _deliver_logs(),
                _trace(),
            ),
        )
        SfnStateMachine(
            self,
            "machine",
            name=names.comparison_machine,
            type="STANDARD",
            role_arn=role.arn,
            definition=comparison_definition(
                names, function_arn=function_arn, part_seconds=function_seconds + _GRACE_SECONDS
            ),
            encryption_configuration=SfnStateMachineEncryptionConfiguration(
                type="CUSTOMER_MANAGED_KMS_KEY", kms_key_id=key_arn
            ),
            logging_configuration=SfnStateMachineLoggingConfiguration(
                level="ALL", include_execution_data=True, log_destination=f"{logs.arn}:*"
            ),
            tracing_configuration=SfnStateMachineTracingConfiguration(enabled=True),
            # Step Functions tries the rights when the machine is made.
            depends_on=[policy],
        )


def _trust(names: Names) -> Statement:
    # As AWS writes it: which ARN the executions of a distributed map name is not said.
    machines = f"arn:aws:states:{names.region}:{names.account_id}:stateMachine:*"
    return Statement(
        sid="StepFunctions",
        actions=("sts:AssumeRole",),
        principal={"Service": "states.amazonaws.com"},
        condition={
            "StringEquals": {"aws:SourceAccount": names.account_id},
            "ArnLike": {"aws:SourceArn": machines},
        },
    )


def _read_list(names: Names) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="ReadList",
            actions=("s3:GetObject",),
            resources=(f"arn:aws:s3:::{names.evidence_bucket}/{COMPARISONS}*/parts.json",),
        ),
        use_key(names, sid="OpenList", purpose="evidence", actions=("kms:Decrypt",)),
    )


def _start_itself(names: Names) -> tuple[Statement, ...]:
    """A distributed map runs each part as an execution of the same machine."""
    states = f"arn:aws:states:{names.region}:{names.account_id}"
    machine = names.comparison_machine
    return (
        Statement(
            sid="StartParts",
            actions=("states:StartExecution",),
            resources=(names.comparison_machine_arn,),
        ),
        Statement(
            sid="FollowParts",
            actions=("states:DescribeExecution", "states:StopExecution"),
            resources=(
                f"{states}:execution:{machine}:*",
                f"{states}:execution:{machine}/*",
            ),
        ),
    )


def _seal(key_arn: str) -> Statement:
    """Keep definition and executions encrypted."""
    return Statement(
        sid="SealExecutions",
        actions=("kms:Decrypt", "kms:GenerateDataKey"),
        resources=(key_arn,),
    )


def _deliver_logs() -> Statement:
    """Deliver to the log group; deliveries know no resource: AWS allows nothing narrower."""
    return Statement(
        sid="DeliverLogs",
        actions=(
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        ),
        resources=("*",),
    )


def _trace() -> Statement:
    """Send traces; X-Ray knows no resource for it: AWS allows nothing narrower."""
    return Statement(
        sid="Trace",
        actions=(
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ),
        resources=("*",),
    )
