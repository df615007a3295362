"""Alarms of the Lambda functions."""

from __future__ import annotations

from app.config.alarms.base import Alarm, Metric
from app.config.colours import COLOURS, payment_api
from app.config.environment import Environment
from app.config.names import Names

APIS = tuple(map(payment_api, COLOURS))
FUNCTIONS = (*APIS, "validator", "handover", "secret-rotation", "comparison")
_REASONS = {
    **dict.fromkeys(APIS, "Payments fail before our code answers."),
    "validator": "Gates stay without an answer; a delivery waits until its time is over.",
    "handover": "The writer cannot be moved, and nobody looks who writes.",
    "secret-rotation": "Logins grow older than 30 days.",
    "comparison": "A comparison by many functions ends without an answer.",
}


def alarms(environment: Environment) -> tuple[Alarm, ...]:
    """Return the alarms. A function that nobody calls publishes nothing, which is right."""
    each = (alarm for purpose in FUNCTIONS for alarm in _function(environment, purpose))
    spilled = (_spillover(environment, colour) for colour in COLOURS)
    return (*each, *spilled, _given_up(environment), _comparison_failed(environment))


def function_metric(environment: Environment, purpose: str, name: str, statistic: str) -> Metric:
    """Return a metric of a function over all its versions and aliases."""
    function = Names.of(environment).function(purpose)
    return Metric(
        namespace="AWS/Lambda",
        name=name,
        statistic=statistic,
        dimensions={"FunctionName": function},
    )


def _function(environment: Environment, purpose: str) -> tuple[Alarm, ...]:
    return (
        Alarm(
            name=f"{purpose}-errors",
            figure=function_metric(environment, purpose, "Errors", "Sum"),
            rings="above",
            limit=0,
            unit="invocations",
            periods=1,
            silence="notBreaching",
            reason=_REASONS[purpose],
            remedy=f"Read the log /aws/lambda/{Names.of(environment).function(purpose)}.",
        ),
        Alarm(
            name=f"{purpose}-throttles",
            figure=function_metric(environment, purpose, "Throttles", "Sum"),
            rings="above",
            limit=0,
            unit="invocations",
            periods=2,
            silence="notBreaching",
            reason=f"{_REASONS[purpose]} No copy of the function was free.",
            remedy="Raise the reserved concurrency; look for calls that hang.",
        ),
    )


def _spillover(environment: Environment, colour: str) -> Alarm:
    function = Names.of(environment).function(payment_api(colour))
    return Alarm(
        name=f"{payment_api(colour)}-spillover",
        figure=Metric(
            namespace="AWS/Lambda",
            name="ProvisionedConcurrencySpilloverInvocations",
            statistic="Sum",
            dimensions={"FunctionName": function, "Resource": f"{function}:{colour}"},
        ),
        rings="above",
        limit=environment.observability.limits.spillover_per_minute,
        unit="invocations",
        periods=3,
        silence="notBreaching",
        reason=f"{colour} has fewer warm copies than it needs: payments meet cold starts.",
        remedy="Raise the maximum of the provisioned concurrency.",
    )


def failed_events(environment: Environment) -> Metric:
    """Return how many events wait in the queue of those that Lambda gave up."""
    return Metric(
        namespace="AWS/SQS",
        name="ApproximateNumberOfMessagesVisible",
        statistic="Maximum",
        dimensions={"QueueName": Names.of(environment).failure_queue},
        period_seconds=300,
    )


def _given_up(environment: Environment) -> Alarm:
    queue = Names.of(environment).failure_queue
    return Alarm(
        name="failed-events",
        figure=failed_events(environment),
        rings="above",
        limit=0,
        unit="events",
        periods=1,
        silence="notBreaching",
        reason="Lambda gave an event up: a step of CloudFormation or a measurement never ran.",
        remedy=f"Read the event in the queue {queue}; run the delivery again, then delete it.",
    )


def _comparison_failed(environment: Environment) -> Alarm:
    names = Names.of(environment)
    return Alarm(
        name="comparison-failed",
        figure=Metric(
            namespace="AWS/States",
            name="ExecutionsFailed",
            statistic="Sum",
            dimensions={"StateMachineArn": names.comparison_machine_arn},
        ),
        rings="above",
        limit=0,
        unit="executions",
        periods=1,
        silence="notBreaching",
        reason="A part of a comparison could not be read, so nothing is known of its table.",
        remedy=f"Read the log {names.comparison_log_group}; run payshift verify again.",
    )
