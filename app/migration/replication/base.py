"""What the engine asks of a replication, whichever carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.migration.deadline import Deadline
from app.migration.sites import Site

if TYPE_CHECKING:
    import psycopg

Sessions = Mapping[Site, "psycopg.Connection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a row may take through a replication; None where the engine's own limits hold.

    `drain_seconds` bounds the part of the pause in which nobody writes. `turn_seconds` says that
    turning takes minutes, so that whoever is in a hurry lets somebody else finish it.
    """

    calm_lag_seconds: float | None = None
    tolerable_lag_seconds: float | None = None
    probe_seconds: float | None = None
    drain_seconds: float | None = None
    turn_seconds: float | None = None

    @classmethod
    def of(cls, replication: Replication) -> Pace:
        """Return the replication's attribute `pace`; without one, no limit of its own."""
        pace = getattr(replication, "pace", None)
        return pace if isinstance(pace, cls) else cls()


class Replication(Protocol):
    """Carries committed rows, in commit order, away from the writer to the other site.

    Between two handovers exactly one direction carries data. Markers travel with the data;
    probes travel in both directions all the time. One that is slower than PostgreSQL's own says so
    in an attribute `pace`.
    """

    def problems(self, *, sessions: Sessions, writer: Site, deadline: Deadline) -> tuple[str, ...]:
        """Return what stands in the way of moving the writer away; empty when nothing does.

        What mends itself, such as a reader on its way back after a crash, has until the deadline.
        """
        ...

    def ready_way_back(
        self, *, sessions: Sessions, writer: Site, at_most_bytes: int | None = None
    ) -> bool:
        """Bring the resting direction close to its start, so that turning it is quick.

        By no more of its site's log than `at_most_bytes`; tells if it was brought closer. To be
        called by whoever holds the right to hand over, and while `writer` accepts.
        """
        ...

    def turn(self, *, sessions: Sessions, writer: Site, position: str | None) -> None:
        """Carry data away from `writer`, from `position` in its log on, and from nowhere else.

        Rows before the position came from the other site and are never sent back. Idempotent;
        with no position (the writer never changed) the direction is right already.
        """
        ...
