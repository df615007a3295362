"""Rows that tell how far replication came: inserted at one site, awaited at the other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from psycopg import sql

from app.errors import DatabaseFailed
from app.migration.deadline import Deadline
from app.migration.replication.direction import Direction

if TYPE_CHECKING:
    import psycopg

    from app.migration.replication.base import Sessions

POLL_SECONDS = 0.0005
_OLD = "1 hour"


def wait_for(
    *, sessions: Sessions, direction: Direction, table: str, marker: UUID, deadline: Deadline
) -> bool:
    """Wait until the marker is seen at the target; False when the deadline passed first."""
    query = sql.SQL("SELECT FROM payshift.{} WHERE id = %s").format(sql.Identifier(table))
    target = sessions[direction.target].cursor()
    while not target.execute(query, (marker,), prepare=True).rowcount:
        if deadline.passed:
            return False
        time.sleep(POLL_SECONDS)
    return True


def arrived_since_change(*, sessions: Sessions, direction: Direction) -> bool:
    """Tell whether a marker has arrived that was left since the source became the writer.

    Both moments are by the source's clock.
    """
    changed = sessions[direction.source].execute("SELECT changed_at FROM payshift.writer")
    query = sql.SQL("SELECT FROM payshift.{} WHERE at > %s LIMIT 1").format(
        sql.Identifier(direction.marker_table)
    )
    arrived = sessions[direction.target].execute(query, changed.fetchone())
    return arrived.fetchone() is not None


def round_trip(
    *, sessions: Sessions, direction: Direction, table: str, deadline: Deadline
) -> float | None:
    """Return the seconds from a commit at the source to its visibility at the target.

    A fresh row measures exactly what a handover would wait for, also when nothing else is
    written. None when the deadline passed first. The row is removed again.
    """
    source = sessions[direction.source]
    marker = leave(source, table=table)
    begun = time.monotonic()
    arrived = wait_for(
        sessions=sessions, direction=direction, table=table, marker=marker, deadline=deadline
    )
    seconds = time.monotonic() - begun
    source.execute(
        sql.SQL("DELETE FROM payshift.{} WHERE id = %s").format(sql.Identifier(table)), (marker,)
    )
    return seconds if arrived else None


def wait_for_everything(*, sessions: Sessions, away: Direction, seconds: float) -> None:
    """Return when the target has all that was committed at the source by now.

    Raises DatabaseFailed when that takes longer.
    """
    deadline = Deadline(seconds=seconds)
    arrived = round_trip(
        sessions=sessions, direction=away, table=away.marker_table, deadline=deadline
    )
    if arrived is None:
        raise DatabaseFailed(
            f"{away.target} is more than {seconds:g} s behind {away.source}.",
            remedy="Look at the replication.",
        )


def leave(source: psycopg.Connection, *, table: str) -> UUID:
    """Insert a marker and return it; removes those that nobody can be waiting for any more."""
    name, marker = sql.Identifier(table), uuid4()
    source.execute(
        sql.SQL("DELETE FROM payshift.{} WHERE at < now() - %s::interval").format(name), (_OLD,)
    )
    source.execute(sql.SQL("INSERT INTO payshift.{} (id) VALUES (%s)").format(name), (marker,))
    return marker
