"""The replication is defined as it must be, in both directions, and somebody carries it."""

from __future__ import annotations

from app.migration.probes.base import ProbeContext, ProbeResult, judged


class ReplicationDefinition:
    """Counts what the replication itself finds wrong."""

    key = "replication_definition"
    unit = "problems"
    limit = 0.0
    remedy = "Look at the replication; install it again where something is missing."

    def run(self, context: ProbeContext) -> ProbeResult:
        """Ask the replication; what mends itself has a while."""
        found = context.replication.problems(
            sessions=context.sessions,
            writer=context.writer,
            deadline=context.deadline.within(seconds=context.patience.waiting),
        )
        return judged(self, figure=len(found), findings=tuple(found))
