"""Alarms of the Aurora cluster."""

from __future__ import annotations

from typing import Literal

from app.config.alarms.base import Alarm, Metric, Silence
from app.config.environment import Environment
from app.config.names import Names

_MEGABYTE, _GIGABYTE = 1_000_000, 1_000_000_000
_DAY_SECONDS = 86_400


def alarms(environment: Environment) -> tuple[Alarm, ...]:
    """Return the alarms; after a failover they follow the writer, as they ask for the role."""
    return (*_load(environment), *_space(environment), *_age(environment), _copies(environment))


def cluster_metric(
    environment: Environment, name: str, statistic: str, *, role: str | None = "WRITER"
) -> Metric:
    """Return a metric of the cluster's instances in a role, or of the cluster itself."""
    dimensions = {"DBClusterIdentifier": Names.of(environment).database_cluster}
    if role is not None:
        dimensions["Role"] = role
    return Metric(namespace="AWS/RDS", name=name, statistic=statistic, dimensions=dimensions)


def _alarm(
    name: str,
    figure: Metric,
    *,
    rings: Literal["above", "below"],
    limit: float,
    unit: str,
    reason: str,
    remedy: str,
    periods: int = 5,
    silence: Silence = "missing",
) -> Alarm:
    return Alarm(
        name=name,
        figure=figure,
        rings=rings,
        limit=limit,
        unit=unit,
        periods=periods,
        silence=silence,
        reason=reason,
        remedy=remedy,
    )


def _load(environment: Environment) -> tuple[Alarm, ...]:
    limits = environment.observability.limits
    return (
        _alarm(
            "database-cpu",
            cluster_metric(environment, "CPUUtilization", "Average"),
            rings="above",
            limit=limits.cpu_percent,
            unit="percent",
            # A writer that publishes nothing is gone.
            silence="breaching",
            reason="The writer has no reserve left, or is gone.",
            remedy="Look at the top statements in Performance Insights; enlarge the instances.",
        ),
        _alarm(
            "database-connections",
            cluster_metric(environment, "DatabaseConnections", "Maximum"),
            rings="above",
            limit=limits.database_connections,
            unit="connections",
            reason="New copies of the payment API will be refused.",
            remedy="Compare with the functions' concurrency; look for sessions that hang.",
        ),
        _alarm(
            "replica-lag",
            cluster_metric(environment, "AuroraReplicaLagMaximum", "Maximum", role=None),
            rings="above",
            limit=limits.replica_lag_milliseconds,
            unit="ms",
            reason="Reads from the replica are old, and a failover takes longer.",
            remedy="Set `reads: writer` in the phase; look at the reader's CPU.",
        ),
    )


def _space(environment: Environment) -> tuple[Alarm, ...]:
    limits = environment.observability.limits
    slots = (
        "Find the slot that nobody reads (pg_replication_slots): start its task or drop it. Never "
        "drop the one that rests: the log of the handover function says why it does not move on."
    )
    return (
        _alarm(
            "database-memory",
            cluster_metric(environment, "FreeableMemory", "Minimum"),
            rings="below",
            limit=limits.database_free_memory_megabytes * _MEGABYTE,
            unit="bytes",
            reason="The writer swaps soon.",
            remedy="Look for sorts and connections that grow; enlarge the instances.",
        ),
        _alarm(
            "database-local-storage",
            cluster_metric(environment, "FreeLocalStorage", "Minimum"),
            rings="below",
            limit=limits.database_free_storage_gigabytes * _GIGABYTE,
            unit="bytes",
            reason="Sorts and logs fill the writer's own disk; statements fail when it is full.",
            remedy="Look for statements with large sorts; enlarge the instances.",
        ),
        _alarm(
            "slot-disk",
            cluster_metric(environment, "ReplicationSlotDiskUsage", "Maximum"),
            rings="above",
            limit=limits.slot_gigabytes * _GIGABYTE,
            unit="bytes",
            reason="A replication slot spills: its reader is slow or gone.",
            remedy=slots,
        ),
        _alarm(
            "transaction-logs",
            cluster_metric(environment, "TransactionLogsDiskUsage", "Maximum"),
            rings="above",
            limit=limits.slot_gigabytes * _GIGABYTE,
            unit="bytes",
            # -1 while no slot exists.
            silence="notBreaching",
            reason="Logs pile up because a slot holds them back.",
            remedy=slots,
        ),
    )


def _age(environment: Environment) -> tuple[Alarm, ...]:
    return (
        _alarm(
            "transaction-ids",
            cluster_metric(environment, "MaximumUsedTransactionIDs", "Maximum"),
            rings="above",
            limit=1_000_000_000,
            unit="transactions",
            periods=1,
            reason="Vacuum does not keep up; at two thousand million PostgreSQL stops writing.",
            remedy="End the oldest transaction or slot; run VACUUM FREEZE on the oldest table.",
        ),
    )


def _copies(environment: Environment) -> Alarm:
    """A copy that never starts tells nobody: the account left AWS Backup, or the plan is gone."""
    return _alarm(
        "database-copies",
        Metric(
            namespace="AWS/Backup",
            name="NumberOfBackupJobsCompleted",
            statistic="Sum",
            dimensions={"BackupVaultName": Names.of(environment).backup_vault},
            period_seconds=_DAY_SECONDS,
        ),
        rings="below",
        limit=1,
        unit="copies",
        periods=1,
        silence="breaching",
        reason="No copy of the database went into the vault for a day.",
        remedy="Look at the jobs of AWS Backup, and whether the account lets it copy Aurora.",
    )
