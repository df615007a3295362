"""The check that the site that does not write is close behind the one that does."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome
from app.migration.checks.both_sites import both_sites, the_writer
from app.migration.deadline import Deadline
from app.migration.markers import round_trip
from app.migration.replication.direction import Direction

# Waiting a little longer than the limit tells "just over" from "standing still".
PATIENCE_SECONDS = 1.0


class ReplicationLag:
    """A fresh row is committed at the writer and awaited at the other site.

    That measures what a handover would wait for, and an idle source is not mistaken for a slow one.
    """

    key = "replication_lag_seconds"
    unit = "s"
    remedy = "Look at the replication: its worker's log, long transactions, load of the target."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Compare the time until the row arrived with the limit; inconclusive if nobody writes."""
        with both_sites(context) as sessions:
            away = Direction(the_writer(sessions))
            waited = limit + PATIENCE_SECONDS
            seconds = round_trip(
                sessions=sessions,
                direction=away,
                table=away.marker_table,
                deadline=Deadline(seconds=waited),
            )
        passed = seconds is not None and seconds <= limit
        lag = f"more than {waited:g} s" if seconds is None else f"{seconds:.3f} s"
        return CheckResult(
            check=self.key,
            outcome=Outcome.PASSED if passed else Outcome.FAILED,
            figure=waited if seconds is None else seconds,
            limit=limit,
            unit=self.unit,
            message=f"{away.target} is {lag} behind {away.source} (limit {limit:g} s)",
            remedy="" if passed else self.remedy,
        )


CHECK: Check = ReplicationLag()
