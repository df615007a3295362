"""What a guard is: it looks at the world before a step up and says what should come first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from app.errors import AdvanceRefused
from app.pipeline.moves import Move


class Hold(NamedTuple):
    """A reason not to advance now, and what to do about it."""

    why: str
    remedy: str


class Guard(Protocol):
    """Looks at one thing."""

    def __call__(self, move: Move, /) -> Sequence[Hold]:
        """Return what holds the step up; nothing when the way is free."""


def require_free_way(guards: Sequence[Guard], move: Move) -> None:
    """Ask every guard before a step up. AdvanceRefused lists all that hold it."""
    if move.reason != "up":
        return
    holds = [hold for guard in guards for hold in guard(move)]
    if not holds:
        return
    why = "; ".join(hold.why for hold in holds)
    remedy = "; ".join(dict.fromkeys(hold.remedy for hold in holds))
    raise AdvanceRefused(f"{move.phase.name} has to wait: {why}", remedy=remedy)
