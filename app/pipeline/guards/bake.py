"""A phase must hold for its bake time before the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.config.loading import PhaseSet
from app.pipeline.evidence import Evidence
from app.pipeline.guards.base import Hold
from app.pipeline.moves import Move


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bake:
    """Compares the bake time of the phase in force with how long evidence says it is in force."""

    evidence: Evidence
    phases: PhaseSet
    seconds_a_minute: float
    clock: Callable[[], datetime] = now

    def __call__(self, move: Move, /) -> tuple[Hold, ...]:
        """Hold until the bake time is over. A phase without evidence has not begun to bake."""
        name = f"phase-{move.from_number}"
        minutes = self.phases.named(name).bake_minutes if name in self.phases.names else 0
        wait = timedelta(seconds=minutes * self.seconds_a_minute)
        if not wait:
            return ()
        since = self.evidence.in_phase_since(move.from_number)
        if since is None:
            why = f"no evidence says since when production is in {name}"
            return (Hold(why, "apply it once more: payshift deliver --again"),)
        over = since + wait
        if over <= self.clock():
            return ()
        why = f"{name} bakes until {over:%Y-%m-%d %H:%M} UTC ({minutes} minutes)"
        return (Hold(why, "deliver again then; re-running the job is enough"),)
