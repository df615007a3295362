"""Git owes a word to a delivery that went past it: the next push names its run."""

from __future__ import annotations

from collections.abc import Sequence

from app.config.loading import LIVE, PhaseSet
from app.errors import AdvanceRefused
from app.pipeline.evidence import Evidence
from app.pipeline.guards.base import Hold
from app.pipeline.moves import Move


def owed_words(evidence: Evidence, phases: PhaseSet) -> tuple[Hold, ...]:
    """Return what `live` has to say about the last break-glass run; nothing when it said so."""
    last = evidence.last_break_glass()
    if last is None or phases.acknowledged == last:
        return ()
    file = phases.directory / LIVE
    said = f"it acknowledges {phases.acknowledged}" if phases.acknowledged else "it says nothing"
    return (
        Hold(
            f"production was moved past Git by run {last}; {file} has to acknowledge that, {said}",
            "read payshift evidence, choose the phase to be in as live, and write beside it: "
            f"acknowledge: {last}",
        ),
    )


def require_acknowledgement(
    evidence: Evidence, phases: PhaseSet, plan: Sequence[Move], *, where: str
) -> None:
    """Refuse whatever does not go down until `live` acknowledges the last break-glass run.

    AdvanceRefused says where production is, and which line to write.
    """
    if any(move.goes_down for move in plan):
        return
    for hold in owed_words(evidence, phases):
        raise AdvanceRefused(f"{hold.why}; production is {where}", remedy=hold.remedy)
