"""Asks the handover function every minute who writes; it publishes what it finds."""

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


def status_schedule(scope: Construct, id_: str, *, names: Names) -> None:
    """Create the schedule. A minute that was missed is not made up for: it would be old news."""
    rule = CloudwatchEventRule(
        scope,
        id_,
        name=f"{names.prefix}-{id_}",
        description="Measures writer, lag, phase and weight every minute",
        schedule_expression="rate(1 minute)",
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
        input=json.dumps({"action": "status"}),
        retry_policy=CloudwatchEventTargetRetryPolicy(
            maximum_event_age_in_seconds=60, maximum_retry_attempts=0
        ),
        depends_on=[permission],
    )
