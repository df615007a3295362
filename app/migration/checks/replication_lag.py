"""The check that the site that does not write is close behind the one that does."""

from __future__ import annotations

from contextlib import ExitStack

from app.errors import DatabaseFailed
from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome
from app.migration.connection import connect
from app.migration.deadline import Deadline
from app.migration.fence import read_writer
from app.migration.markers import round_trip
from app.migration.replication.base import Sessions
from app.migration.replication.direction import Direction
from app.migration.sites import Site

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
        with ExitStack() as stack:
            sessions: Sessions = {
                site: stack.enter_context(
                    connect(context.databases[site], application_name="payshift-check")
                )
                for site in Site
            }
            writers = [site for site in Site if read_writer(sessions[site]).accepting]
            if len(writers) != 1:
                raise DatabaseFailed(
                    f"{len(writers)} sites accept writes, so the lag has no direction.",
                    remedy="Finish the handover that is going on.",
                )
            away = Direction(writers[0])
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
