"""The slot of the direction that rests, moved on between handovers.

Nobody reads it, so its site keeps all the log since it was moved last. What a site has in its log
while the other one writes came from there, and the next turn begins behind all of it: so the end of
the log is the right place, as long as nobody changes the writer meanwhile.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import psycopg

from app.errors import DatabaseFailed, HandoverRefused
from app.migration import journal
from app.migration.deadline import Deadline
from app.migration.replication.base import Replication, Sessions
from app.migration.sessions import open_sessions
from app.migration.sites import Databases, Site
from app.migration.standing import read_standing

# Moving reads the log, and whoever hands over waits five seconds for the right to: so much is read
# in a fraction of one. Called every five minutes, that is 19 GB a day.
STEP_BYTES = 64 * 2**20
DEADLINE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Where a slot was moved on; None with the reason why none was."""

    moved_at: Site | None = None
    reason: str = ""

    def as_record(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def move_resting_slot(*, databases: Databases, replication: Replication) -> Rest:
    """Move it on, by `STEP_BYTES` at most, while holding the right to hand over.

    Nothing is moved while somebody else has that right, while nobody writes or the last handover is
    not finished, or when the databases cannot be asked who writes. Raises psycopg.Error when a slot
    that should move does not.
    """
    deadline = Deadline(seconds=DEADLINE_SECONDS)
    try:
        with open_sessions(databases, deadline=deadline, patience_seconds=0) as sessions:
            writer = _settled_writer(sessions)
            moved = replication.ready_way_back(
                sessions=sessions, writer=writer, at_most_bytes=STEP_BYTES
            )
    except (HandoverRefused, DatabaseFailed) as error:
        return Rest(reason=error.message)
    except psycopg.errors.UndefinedTable:
        return Rest(reason="The databases are not prepared yet.")
    if not moved:
        return Rest(reason=f"No slot that rests at {writer.other} is behind the end of its log.")
    return Rest(moved_at=writer.other)


def _settled_writer(sessions: Sessions) -> Site:
    """Return who writes. Raises HandoverRefused unless the last handover is over and done."""
    standing = read_standing(sessions)
    if standing.writer is None:
        raise HandoverRefused(f"A handover away from {standing.last} stopped half way.")
    if journal.incomplete(sessions[standing.writer], epoch=standing.epoch) is not None:
        raise HandoverRefused(f"The handover to {standing.writer} is not finished.")
    return standing.writer
