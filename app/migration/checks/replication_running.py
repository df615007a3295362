"""The check that the replication is there, whole and running."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult
from app.migration.checks.both_sites import both_sites, judge_faults
from app.migration.deadline import Deadline
from app.migration.fence import the_writer

# A reader that lost its source comes back by itself within moments.
PATIENCE_SECONDS = 3.0


class ReplicationRunning:
    """Every table is carried away from the writer by a reader at work; the way back rests ready."""

    key = "replication_running"
    unit = "faults"
    remedy = "Look at the tasks or subscriptions that it names, and at their logs; start them."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Count what stands in the way of rows, in either direction; inconclusive if nobody writes.

        The limit (`true` in a gate) means that nothing may.
        """
        with both_sites(context) as sessions:
            faults = context.replication.problems(
                sessions=sessions,
                writer=the_writer(sessions),
                deadline=Deadline(seconds=PATIENCE_SECONDS),
            )
        return judge_faults(
            self,
            faults=faults,
            limit=limit,
            agreed="rows are carried away from the writer",
            forbidden=True,
        )


CHECK: Check = ReplicationRunning()
