"""Which applies lead from where the world is to where `live` wants it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.config.loading import PhaseSet
from app.config.phases import Phase
from app.pipeline.evidence import Unfinished
from app.pipeline.world import World

Reason = Literal["up", "down", "again", "resume"]


@dataclass(frozen=True, slots=True)
class Move:
    """One apply: to which phase, counted as coming from which, and why."""

    phase: Phase
    from_number: int
    reason: Reason

    @property
    def goes_down(self) -> bool:
        """Whether it goes back; then nothing may hold it up."""
        return self.phase.phase < self.from_number

    def __str__(self) -> str:
        came = "nothing" if self.from_number < 0 else f"phase-{self.from_number}"
        return f"{came} → {self.phase.name} ({self.reason})"


def moves(
    phases: PhaseSet, *, world: World, unfinished: Unfinished | None = None, again: bool = False
) -> tuple[Move, ...]:
    """Return one move a step going up, one going down, none when the world is as wanted.

    An apply that did not finish is done over where the world stands in its phase, with the gates
    of the direction that it had; `again` does the wanted phase over in any case.
    """
    wanted = phases.live_phase
    if wanted.phase < world.number:
        return (Move(wanted, world.number, "down"),)
    steps = phases.between(above=world.number, up_to=wanted.phase)
    climb = tuple(
        Move(phase, came, "up")
        for came, phase in zip((world.number, *(one.phase for one in steps)), steps, strict=False)
    )
    if unfinished and unfinished.number == world.number and world.phase in phases.names:
        return (Move(phases.numbered(world.number), unfinished.from_number, "resume"), *climb)
    if not climb and unfinished:
        return (Move(wanted, unfinished.number, "resume"),)
    if not climb and again:
        return (Move(wanted, world.number, "again"),)
    return climb
