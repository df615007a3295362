"""Asks the handover function for something again and again."""

from __future__ import annotations

import json

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import (
    CloudwatchEventTarget,
    CloudwatchEventTargetRetryPolicy,
)
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

from app.config.names import Names


def handover_schedule(
    scope: Construct, id_: str, *, names: Names, rate: str, action: str, description: str
) -> None:
    """Create a schedule for an action, at a rate as EventBridge writes it (`1 minute`).

    A call that was missed is not made up for: the next one does as well.
    """
    rule = CloudwatchEventRule(
        scope,
        id_,
        name=f"{names.prefix}-{id_}",
        description=description,
        schedule_expression=f"rate({rate})",
    )
    permission = LambdaPermission(
        scope,
        f"{id_}-permission",
        function_name=names.function("handover"),
        statement_id=f"{names.prefix}-{id_}",
        action="lambda:InvokeFunction",
        principal="events.amazonaws.com",
        source_arn=rule.arn,
    )
    CloudwatchEventTarget(
        scope,
        f"{id_}-target",
        rule=rule.name,
        arn=names.function_arn("handover"),
        input=json.dumps({"action": action}),
        retry_policy=CloudwatchEventTargetRetryPolicy(
            maximum_event_age_in_seconds=60, maximum_retry_attempts=0
        ),
        depends_on=[permission],
    )
