"""Alarms of the replication: DMS's tasks and the instance that runs them."""

from __future__ import annotations

from app.config.alarms.base import Alarm, Metric
from app.config.environment import Environment
from app.config.names import Names

_MEGABYTE, _GIGABYTE = 1_000_000, 1_000_000_000
DIRECTIONS = ("forward", "reverse")


def alarms(environment: Environment) -> tuple[Alarm, ...]:
    """Return the alarms; the tasks' stop is an event, see the workspace `observability`."""
    tasks = (alarm for stream in DIRECTIONS for alarm in _task(environment, stream))
    return (*tasks, *_instance(environment))


def task_metric(environment: Environment, stream: str, name: str, statistic: str) -> Metric:
    """Return a metric of a task, filed under the last part of its ARN."""
    names = Names.of(environment)
    dimensions = {
        "ReplicationInstanceIdentifier": names.replication_instance,
        "ReplicationTaskIdentifier": names.replication_task_resource(stream),
    }
    return Metric(namespace="AWS/DMS", name=name, statistic=statistic, dimensions=dimensions)


def instance_metric(environment: Environment, name: str, statistic: str) -> Metric:
    """Return a metric of the replication instance."""
    instance = Names.of(environment).replication_instance
    return Metric(
        namespace="AWS/DMS",
        name=name,
        statistic=statistic,
        dimensions={"ReplicationInstanceIdentifier": instance},
    )


def _task(environment: Environment, stream: str) -> tuple[Alarm, ...]:
    """A task at rest publishes nothing, which is right: one direction always rests."""
    limit = environment.observability.limits.task_latency_seconds
    latencies = (
        ("source", "CDCLatencySource", "the source's log is read late", "the source and the VPN"),
        ("target", "CDCLatencyTarget", "changes are applied late", "the target's locks and load"),
    )
    faults = (
        ("failed", "ValidationFailedOverallCount", "Rows differ after they were replicated."),
        ("suspended", "ValidationSuspendedOverallCount", "Rows change too fast to be compared."),
    )
    return (
        *(
            Alarm(
                name=f"{stream}-latency-{end}",
                figure=task_metric(environment, stream, metric, "Maximum"),
                rings="above",
                limit=limit,
                unit="seconds",
                periods=5,
                silence="notBreaching",
                reason=f"The {stream} task falls behind: {what}.",
                remedy=f"Look at {where}, and at the task's log.",
            )
            for end, metric, what, where in latencies
        ),
        *(
            Alarm(
                name=f"{stream}-validation-{fault}",
                figure=task_metric(environment, stream, metric, "Maximum"),
                rings="above",
                limit=0,
                unit="rows",
                periods=1,
                silence="notBreaching",
                reason=reason,
                remedy="Read payshift.awsdms_validation_failures_v1 at the target; "
                "run `payshift verify`.",
            )
            for fault, metric, reason in faults
        ),
    )


def _instance(environment: Environment) -> tuple[Alarm, ...]:
    limits = environment.observability.limits
    enlarge = "Enlarge the instance in the environment's file and apply `replication`."
    return (
        Alarm(
            name="replication-memory",
            figure=instance_metric(environment, "FreeableMemory", "Minimum"),
            rings="below",
            limit=limits.replication_free_memory_megabytes * _MEGABYTE,
            unit="bytes",
            periods=5,
            silence="breaching",
            reason="The replication instance swaps soon and falls behind, or is gone.",
            remedy=enlarge,
        ),
        Alarm(
            name="replication-storage",
            figure=instance_metric(environment, "FreeStorageSpace", "Minimum"),
            rings="below",
            limit=limits.replication_free_storage_gigabytes * _GIGABYTE,
            unit="bytes",
            periods=3,
            silence="breaching",
            reason="Waiting changes and logs fill the instance; when it is full, tasks stop.",
            remedy=enlarge,
        ),
        Alarm(
            name="replication-cpu",
            figure=instance_metric(environment, "CPUUtilization", "Average"),
            rings="above",
            limit=limits.cpu_percent,
            unit="percent",
            periods=10,
            silence="missing",
            reason="The replication instance has no reserve left.",
            remedy=enlarge,
        ),
    )
