"""The check that the site that does not write is close behind the one that does."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult
from app.migration.checks.journey import judge_journey


class ReplicationLag:
    """A fresh row is committed at the writer and awaited at the other site.

    That measures what a handover would wait for, and an idle source is not mistaken for a slow one.
    """

    key = "replication_lag_seconds"
    unit = "s"
    remedy = "Look at the replication: its worker's log, long transactions, load of the target."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Compare the time until the row arrived with the limit; inconclusive if nobody writes."""
        return judge_journey(
            self,
            context=context,
            limit=limit,
            way=lambda away: (away, away.marker_table),
            arrived="{target} is {seconds} s behind {source}",
            late="{target} is more than {seconds} s behind {source}",
        )


CHECK: Check = ReplicationLag()
