"""How the migration stands, for `payshift status` and, every minute, for dashboards and alarms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from app.lambdas.engine_metrics import EngineMetrics, Figures
from app.lambdas.features_in_force import PhaseInForce, read_phase
from app.lambdas.metrics_client import metrics_client
from app.migration.checks import all_checks, run_check
from app.migration.checks.base import CheckContext
from app.migration.sites import Databases, Site
from app.migration.status import HandoverStatus, status

# A lag is measured up to this; whoever asks for the status does not wait longer.
LAG_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Asks both databases, publishes what they say, and returns it."""

    databases: Callable[[], Databases]
    environment: str
    features_parameter: str | None
    metrics: EngineMetrics

    def __call__(self) -> dict[str, Any]:
        """Return what `status` says, with the replication's lag in seconds (None: unknown)."""
        databases = self.databases()
        told = status(databases)
        lag = self._measure("replication_lag_seconds", databases, limit=LAG_SECONDS)
        days = self._measure("certificate_days", databases, limit=0)
        phase = read_phase(self.features_parameter)
        self.metrics.publish(_figures(told, lag=lag, certificate_days=days, phase=phase))
        return told.as_record() | {"lag_seconds": lag}

    def _measure(self, key: str, databases: Databases, *, limit: float) -> float | None:
        """Return the figure of a gate's check; None when it is not known."""
        now = datetime.now(UTC)
        context = CheckContext(
            databases=databases,
            cloudwatch=metrics_client(),
            environment=self.environment,
            since=now,
            now=now,
        )
        return run_check(all_checks()[key], context=context, limit=limit).figure


def _figures(
    told: HandoverStatus,
    *,
    lag: float | None,
    certificate_days: float | None,
    phase: PhaseInForce | None,
) -> Figures:
    """Name the figures. The writer is 0 for legacy and 1 for aws, so that a graph shows it."""
    writer = None if told.writer is None else float(told.writer is Site.AWS)
    return {
        "AcceptingSites": (MetricUnit.Count, len(told.accepting)),
        "UnreachableDatabases": (MetricUnit.Count, len(told.unreachable)),
        "WriterIsAws": (MetricUnit.Count, writer),
        "WriterEpoch": (MetricUnit.Count, told.epoch),
        "ReplicationLag": (MetricUnit.Seconds, lag),
        "DatabaseCertificateDays": (MetricUnit.Count, certificate_days),
        "Phase": (MetricUnit.Count, phase.number if phase else None),
        "AwsPercent": (MetricUnit.Percent, phase.aws_percent if phase else None),
    }
