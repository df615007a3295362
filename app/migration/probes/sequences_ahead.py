"""The next writer draws numbers that the present one has not drawn."""

from __future__ import annotations

from app.migration import sequences
from app.migration.probes.base import ProbeContext, ProbeResult, judged


class SequencesAhead:
    """Counts the sequences that are not ahead at the next writer."""

    key = "sequences_behind"
    unit = "sequences"
    limit = 0.0
    remedy = "Make the missing sequence at the other site; those that exist are set by themselves."

    def run(self, context: ProbeContext) -> ProbeResult:
        """Set them ahead first; this never sets one back and no client notices it."""
        sequences.set_ahead(source=context.old, target=context.new)
        late = sequences.behind(source=context.old, target=context.new)
        return judged(
            self,
            figure=len(late),
            findings=tuple(
                f"sequence {name} at {context.writer.other} is not ahead" for name in late
            ),
        )
