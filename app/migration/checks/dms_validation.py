"""The check that DMS found no row that differs after it was replicated."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome
from app.migration.checks.metrics import MetricQuery, read_metrics

STREAMS = ("forward", "reverse")
_FAULTS = ("ValidationFailedOverallCount", "ValidationSuspendedOverallCount")
_PENDING = "ValidationPendingOverallCount"


class DmsValidation:
    """The newest counts of rows that DMS compared: those that differ, and those it gave up.

    Rows that wait for their comparison are told, and are no fault: new ones always do.
    """

    key = "dms_validation_failures"
    unit = "rows"
    remedy = "Read payshift.awsdms_validation_failures_v1 at the target; run `payshift verify`."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Compare the sum over both directions with the limit; inconclusive without any count."""
        queries = {
            (stream, name): task_query(context.environment, stream=stream, metric=name)
            for stream in STREAMS
            for name in (*_FAULTS, _PENDING)
        }
        values = read_metrics(context=context, queries=tuple(queries.values()))
        newest = {key: values[query][-1] for key, query in queries.items() if values[query]}
        if not any(name in _FAULTS for _, name in newest):
            return CheckResult(
                check=self.key,
                outcome=Outcome.INCONCLUSIVE,
                figure=None,
                limit=limit,
                unit=self.unit,
                message="no task has published a count",
                remedy="Look whether a task runs, with its validation switched on.",
            )
        faults = sum(count for (_, name), count in newest.items() if name in _FAULTS)
        pending = sum(count for (_, name), count in newest.items() if name == _PENDING)
        passed = faults <= limit
        return CheckResult(
            check=self.key,
            outcome=Outcome.PASSED if passed else Outcome.FAILED,
            figure=faults,
            limit=limit,
            unit=self.unit,
            message=f"{faults:.0f} rows differ or were given up, {pending:.0f} wait",
            remedy="" if passed else self.remedy,
        )


def task_query(environment: str, *, stream: str, metric: str) -> MetricQuery:
    """Return the question for a task's metric, under the names that `replication` gives it."""
    return MetricQuery(
        metric=metric,
        statistic="Maximum",
        namespace="AWS/DMS",
        dimensions=(
            ("ReplicationInstanceIdentifier", f"payshift-{environment}"),
            ("ReplicationTaskIdentifier", f"{environment}-{stream}"),
        ),
    )


CHECK: Check = DmsValidation()
