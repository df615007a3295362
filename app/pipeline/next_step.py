"""The next step up, and what would hold it up if it were tried now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.config.loading import PhaseSet
from app.errors import WorldError
from app.pipeline.evidence import Evidence
from app.pipeline.guards.acknowledgement import owed_words
from app.pipeline.guards.base import Guard, Hold
from app.pipeline.guards.of_target import guards_of
from app.pipeline.moves import Move
from app.pipeline.target import Target
from app.pipeline.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """The phase above the one in force, with all holds by the guard that found them.

    `unknown` says by guard why it could not look; a step is free only when each of them did.
    """

    phase: str
    holds: Mapping[str, tuple[Hold, ...]]
    unknown: Mapping[str, str]

    @property
    def free(self) -> bool:
        """Whether nothing would hold it up."""
        return not self.holds and not self.unknown

    def __str__(self) -> str:
        if self.free:
            return f"{self.phase}, nothing holds it up"
        parts = [f"held up by {', '.join(self.holds)}"] if self.holds else []
        parts += [f"nobody knows of {', '.join(self.unknown)}"] if self.unknown else []
        return f"{self.phase}, {'; '.join(parts)}"

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "phase": self.phase,
            "free": self.free,
            "holds": [
                {"guard": guard, **hold._asdict()}
                for guard, holds in self.holds.items()
                for hold in holds
            ],
            "unknown": dict(self.unknown),
        }

    def lines(self) -> list[str]:
        """Return what holds it up, each with its remedy, for people."""
        found = []
        for guard, holds in self.holds.items():
            for hold in holds:
                found += [f"- {guard}: {hold.why}", f"  → {hold.remedy}"]
        return found + [f"? {guard}: {why}" for guard, why in self.unknown.items()]


def next_step(
    target: Target, phases: PhaseSet, *, world: World, evidence: Evidence
) -> NextStep | None:
    """Ask all that a delivery asks before a step; None when production is in the last phase."""
    above = [phase for phase in phases.phases if phase.phase > world.number]
    if not above:
        return None
    move = Move(above[0], world.number, "up")
    asked: dict[str, Guard] = {
        "acknowledgement": lambda _move: owed_words(evidence, phases),
        **guards_of(target, evidence=evidence, phases=phases),
    }
    holds: dict[str, tuple[Hold, ...]] = {}
    unknown: dict[str, str] = {}
    for name, guard in asked.items():
        try:
            found = tuple(guard(move))
        except WorldError as error:
            unknown[name] = error.message
            continue
        if found:
            holds[name] = found
    return NextStep(phase=move.phase.name, holds=holds, unknown=unknown)
