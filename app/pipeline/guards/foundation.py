"""No advance on a foundation that is not what its code says, as far as the last look goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.pipeline.drift.last_look import LastLooks
from app.pipeline.guards.bake import now
from app.pipeline.guards.base import Hold
from app.pipeline.json_difference import listed
from app.pipeline.moves import Move
from app.pipeline.world import NOWHERE

_AGAIN = "run the workflow drift, or payshift drift --keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundationDrift:
    """Reads what the scheduled look found: plans of every workspace take minutes.

    `known_hours` is how old that may be; with 0 nothing is asked.
    """

    looks: LastLooks
    known_hours: int
    clock: Callable[[], datetime] = now

    def __call__(self, move: Move, /) -> tuple[Hold, ...]:
        """Hold for each workspace that drifted or could not be planned, and for an old look.

        The first step leaves no phase: nobody pays at AWS yet.
        """
        if not self.known_hours or move.from_number == NOWHERE:
            return ()
        look = self.looks.find()
        if look is None:
            return (Hold("nobody has looked for drift of the foundation yet", _AGAIN),)
        if self.clock() - look.at > timedelta(hours=self.known_hours):
            why = (
                f"the last look for drift was at {look.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC, "
                f"more than {self.known_hours} hours ago"
            )
            return (Hold(why, _AGAIN),)
        drifted = tuple(
            Hold(
                f"the foundation drifted: {listed(iter(one.drifted))}",
                f"see in CloudTrail who changed it; apply the workspace, or write it into the "
                f"code; then {_AGAIN}",
            )
            for one in look.workspaces
            if one.drifted
        )
        unknown = tuple(
            Hold(f"nobody knows of the foundation: {listed(iter(one.unknown))}", _AGAIN)
            for one in look.workspaces
            if one.unknown
        )
        return drifted + unknown
