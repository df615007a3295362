"""The writer fence: what a site says of itself, and the three statements that change it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from app.errors import DatabaseFailed
from app.migration.sites import Site

if TYPE_CHECKING:
    import psycopg

    from app.migration.replication.base import Sessions

WRITE_REFUSED = "PS001"  # SQLSTATE of a write at a site that is not the accepting writer
ECHO_REFUSED = "PS002"  # SQLSTATE of a replicated row at the accepting writer

Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterState:
    """What the database of `site` knows: who writes, in which epoch, and if it accepts itself.

    `position` is the place in its log where it last became the writer.
    """

    site: Site
    writer: Site
    epoch: int
    accepting: bool
    position: str | None = None


def read_writer(connection: psycopg.Connection) -> WriterState:
    """Return the writer as this database knows it. Raises psycopg.Error as the driver does."""
    row = connection.execute(
        "SELECT site, writer, epoch, accepting, position::text FROM payshift.writer", prepare=True
    ).fetchone()
    if row is None:
        raise DatabaseFailed(
            "The database does not know which site it is.",
            remedy="Prepare the database with app.migration.schema.prepare before anything else.",
        )
    site, writer, epoch, accepting, position = row
    return WriterState(
        site=Site(site), writer=Site(writer), epoch=epoch, accepting=accepting, position=position
    )


def the_writer(sessions: Sessions) -> Site:
    """Return the one site that accepts writes. Raises DatabaseFailed when it is not one."""
    writers = [site for site in Site if read_writer(sessions[site]).accepting]
    if len(writers) != 1:
        raise DatabaseFailed(
            f"{len(writers)} sites accept writes, so nothing has a direction.",
            remedy="Finish the handover that is going on.",
        )
    return writers[0]


def warm_up(connection: psycopg.Connection, *, run_id: str) -> None:
    """Make the session plan the statements of the pause before it begins; changes nothing.

    An UPDATE of no row makes writers ask the row as any other does: they are let off again, or a
    handover that is refused now would leave them on the long way.
    """
    connection.execute(_CLOSE, (run_id, -1, UUID(int=0), "{}"), prepare=True)
    connection.execute(_UNFENCE, (run_id, -1, "{}"), prepare=True)
    settle(connection)


def fence(
    connection: psycopg.Connection,
    *,
    run_id: str,
    epoch: int,
    marker: UUID,
    detail: Detail,
    patience_seconds: float,
) -> bool:
    """Let writers in flight finish, refuse all that follow, and leave a marker behind them.

    False, with nothing changed, when this site was not the writer of `epoch`. Raises
    psycopg.errors.LockNotAvailable, with nothing changed, when writers hold on for longer than
    `patience_seconds`.
    """
    patience_ms = max(1, int(patience_seconds * 1000))
    values = (run_id, epoch, marker, json.dumps(detail), patience_ms)
    return bool(_one(connection, _FENCE, values))


def unfence(
    connection: psycopg.Connection, *, run_id: str, epoch: int, detail: Detail
) -> str | None:
    """Make this site the writer of the new `epoch`; return its position in the log.

    None, with nothing changed, when the site already accepts or is not one epoch behind.
    """
    position = _one(connection, _UNFENCE, (run_id, epoch, json.dumps(detail)))
    return None if position is None else str(position)


def accept_again(
    connection: psycopg.Connection, *, run_id: str, epoch: int, detail: Detail
) -> bool:
    """Take a fence back: the same writer goes on in the same epoch. False if it did not apply.

    A fence that did not come to stand may have left writers on the long way all the same.
    """
    done = bool(_one(connection, _ACCEPT_AGAIN, (run_id, epoch, json.dumps(detail))))
    settle(connection)
    return done


def settle(connection: psycopg.Connection) -> bool:
    """Let writes at this site take the short way while it accepts; tells whether it does.

    To be called once a change of the writer is committed. Without it everything is right, and
    each write costs some microseconds more.
    """
    return bool(_one(connection, "SELECT payshift.settle()", ()))


def publish(connection: psycopg.Connection, *, writer: Site, epoch: int) -> bool:
    """Tell a site that the other one writes since `epoch`; False when it knew."""
    done = connection.execute(
        "UPDATE payshift.writer SET writer = %s, epoch = %s, accepting = false, "
        "changed_at = clock_timestamp() WHERE epoch < %s AND site <> %s",
        (writer.value, epoch, epoch, writer.value),
    )
    return done.rowcount == 1


_CLOSE = "SELECT payshift.close_writes(%s, %s, %s, %s::jsonb)"
_FENCE = "SELECT payshift.fence(%s, %s, %s, %s::jsonb, %s)"
_UNFENCE = "SELECT payshift.unfence(%s, %s, %s::jsonb)::text"
_ACCEPT_AGAIN = "SELECT payshift.accept_again(%s, %s, %s::jsonb)"


def _one(connection: psycopg.Connection, query: str, values: tuple[object, ...]) -> Any:  # noqa: ANN401 - one column
    row = connection.execute(query.encode(), values, prepare=True).fetchone()
    return None if row is None else row[0]
