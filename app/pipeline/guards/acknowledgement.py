"""Git owes a word to a delivery that went past it: the next push names its run."""

from __future__ import annotations

from collections.abc import Sequence

from app.config.loading import LIVE, PhaseSet
from app.errors import AdvanceRefused
from app.pipeline.evidence import Evidence
from app.pipeline.moves import Move


def require_acknowledgement(
    evidence: Evidence, phases: PhaseSet, plan: Sequence[Move], *, where: str
) -> None:
    """Refuse whatever does not go down until `live` acknowledges the last break-glass run.

    AdvanceRefused says where production is, and which line to write.
    """
    last = evidence.last_break_glass()
    if last is None or phases.acknowledged == last or any(move.goes_down for move in plan):
        return
    file = phases.directory / LIVE
    said = f"it acknowledges {phases.acknowledged}" if phases.acknowledged else "it says nothing"
    raise AdvanceRefused(
        f"production was moved past Git by run {last} and is {where}; {file} has to acknowledge "
        f"that, {said}",
        remedy=f"read payshift evidence, choose the phase to be in as live, and write beside it: "
        f"acknowledge: {last}",
    )
