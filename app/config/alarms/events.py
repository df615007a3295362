"""Alarms of EventBridge: an event of AWS, or a schedule's call, that did not arrive."""

from __future__ import annotations

from app.config.alarms.base import Alarm, Metric
from app.config.environment import Environment
from app.config.names import Names

# What nobody hears of when the rule's target cannot be reached.
_EVENTS = {
    "replication": "a task or the replication instance stopped or failed",
    "database": "the database failed over, failed or was deleted",
    "backup": "a copy of the database failed",
    "secret-rotation": "a login was not rotated",
    "certificate": "a certificate ends",
}
_SCHEDULES = {
    "status": "writer, lag and phase are not measured",
    "resting-slot": "the resting slot is not moved and keeps log",
}


def alarms(environment: Environment) -> tuple[Alarm, ...]:
    """Return an alarm for every rule. Silence is right: EventBridge publishes no zero."""
    prefix = Names.of(environment).prefix
    told = (
        _undelivered(
            environment,
            f"event-{name}",
            reason=f"EventBridge could not tell people that {what}.",
            remedy=f"Look at DMS, RDS, Backup and ACM by hand; compare the policies of the topic "
            f"{prefix}-alarms and of its key with the code.",
        )
        for name, what in _EVENTS.items()
    )
    called = (
        _undelivered(
            environment,
            name,
            reason=f"A schedule could not call the handover function: {what}.",
            remedy=f"Compare the policy of the function {prefix}-handover with the code.",
        )
        for name, what in _SCHEDULES.items()
    )
    return (*told, *called)


def _undelivered(environment: Environment, rule: str, *, reason: str, remedy: str) -> Alarm:
    return Alarm(
        name=f"{rule}-undelivered",
        figure=Metric(
            namespace="AWS/Events",
            name="FailedInvocations",
            statistic="Sum",
            dimensions={"RuleName": f"{Names.of(environment).prefix}-{rule}"},
        ),
        rings="above",
        limit=0,
        unit="events",
        periods=1,
        silence="notBreaching",
        reason=reason,
        remedy=remedy,
    )
