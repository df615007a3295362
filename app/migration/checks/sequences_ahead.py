"""The check that the writer's sequences give no number twice."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult
from app.migration.checks.both_sites import both_sites, judge_faults
from app.migration.fence import the_writer
from app.migration.sequences import owned_sequences


class SequencesAhead:
    """Sequences are not replicated: a new writer must not draw what the old one has drawn."""

    key = "sequences_ahead"
    unit = "sequences"
    remedy = "Set them ahead with setval() at the writer before the next payment."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Count the sequences of the writer that are behind their column's highest number.

        The limit (`true` in a gate) means that none may be; inconclusive if nobody writes.
        """
        with both_sites(context) as sessions:
            writer = the_writer(sessions)
            compared = owned_sequences(sessions[writer])
        return judge_faults(
            self,
            faults=[f"{one.name} at {writer} {one}" for one in compared if not one.ahead],
            limit=limit,
            agreed=f"{len(compared)} sequences of {writer} are ahead of their columns",
            forbidden=True,
        )


CHECK: Check = SequencesAhead()
