"""Publications, subscriptions and slots of PostgreSQL: looking at them and changing them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from app.errors import DatabaseFailed

if TYPE_CHECKING:
    import psycopg

    from app.migration.deadline import Deadline

POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """What the source keeps for a subscription."""

    active: bool
    lost: bool


def read_slot(connection: psycopg.Connection, *, name: str) -> Slot | None:
    """Return the slot's state, None when there is none."""
    row = connection.execute(
        "SELECT active, wal_status = 'lost' FROM pg_replication_slots WHERE slot_name = %s",
        (name,),
    ).fetchone()
    return None if row is None else Slot(active=row[0], lost=bool(row[1]))


def subscription_enabled(connection: psycopg.Connection, *, name: str) -> bool | None:
    """Tell whether the subscription is enabled; None when there is none."""
    row = connection.execute(
        "SELECT subenabled FROM pg_subscription WHERE subname = %s AND subdbid = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())",
        (name,),
    ).fetchone()
    return None if row is None else bool(row[0])


def enable(connection: psycopg.Connection, *, name: str) -> None:
    """Start the subscription's worker."""
    connection.execute(sql.SQL("ALTER SUBSCRIPTION {} ENABLE").format(sql.Identifier(name)))


def disable(connection: psycopg.Connection, *, name: str) -> None:
    """Ask the subscription's worker to end after the transaction that it is applying."""
    connection.execute(sql.SQL("ALTER SUBSCRIPTION {} DISABLE").format(sql.Identifier(name)))


def wait_for_slot(
    connection: psycopg.Connection, *, name: str, active: bool, deadline: Deadline
) -> None:
    """Wait until the slot is in use or not. Raises DatabaseFailed when the deadline passes."""
    slot = wait_while(connection, name=name, active=not active, deadline=deadline)
    if slot is None or slot.active is not active:
        raise DatabaseFailed(
            f"Replication slot {name} did not become {'active' if active else 'inactive'}.",
            remedy="Look at the log of the subscribing server for the reason.",
        )


def wait_while(
    connection: psycopg.Connection, *, name: str, active: bool, deadline: Deadline
) -> Slot | None:
    """Return the slot as soon as it is in the other state or lost, or as it is at the deadline."""
    while True:
        slot = read_slot(connection, name=name)
        settled = slot is not None and (slot.lost or slot.active is not active)
        if settled or deadline.passed:
            return slot
        time.sleep(POLL_SECONDS)


def advance(connection: psycopg.Connection, *, name: str, position: str) -> None:
    """Move a resting slot forward to a position in the log; one that is there stays.

    A crash of the server before its next checkpoint puts it back.
    """
    connection.execute(
        "SELECT pg_replication_slot_advance(slot_name, %(position)s::pg_lsn) "
        "FROM pg_replication_slots WHERE slot_name = %(name)s "
        "AND confirmed_flush_lsn < %(position)s::pg_lsn",
        {"name": name, "position": position},
    )


def stands_at(connection: psycopg.Connection, *, name: str, position: str) -> bool:
    """Tell whether the slot streams nothing from before the position."""
    row = connection.execute(
        "SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s",
        (position, name),
    ).fetchone()
    return row is not None and bool(row[0])


def ask_from(connection: psycopg.Connection, *, name: str, position: str) -> None:
    """Let a disabled subscription ask for nothing from before the position.

    A slot's new place is durable with the next checkpoint only: after a crash of its site it stands
    where it stood before. What a subscription asks for is durable with its target's next commit.
    """
    connection.execute(
        "SELECT pg_replication_origin_advance('pg_' || s.oid, %(position)s::pg_lsn) "
        "FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid "
        "WHERE s.subname = %(name)s AND d.datname = current_database() AND coalesce("
        "pg_replication_origin_progress('pg_' || s.oid, false), '0/0') < %(position)s::pg_lsn",
        {"name": name, "position": position},
    )


def advance_if_resting(
    connection: psycopg.Connection, *, name: str, at_most_bytes: int | None = None
) -> bool:
    """Move the slot to the end of the log, but only at a site that accepts no writes.

    All that such a site has in its log came from the other one. A slot that somebody reads stays.
    `at_most_bytes` bounds how far it goes, and with that how long it takes. Tells if it moved.
    """
    moved = connection.execute(_ADVANCE, {"name": name, "bytes": at_most_bytes})
    return moved.rowcount == 1


_ADVANCE = """
SELECT pg_replication_slot_advance(slot_name, least(
    pg_current_wal_flush_lsn(), confirmed_flush_lsn + %(bytes)s::numeric))
FROM pg_replication_slots, payshift.writer
WHERE slot_name = %(name)s AND NOT active AND NOT accepting AND writer <> site
  AND confirmed_flush_lsn < pg_current_wal_flush_lsn()
"""


def make_slot(connection: psycopg.Connection, *, name: str, plugin: str) -> str:
    """Make a logical slot where there is none; return the place in the log that it waits at."""
    connection.execute(
        "SELECT pg_create_logical_replication_slot(%(name)s, %(plugin)s) WHERE NOT EXISTS "
        "(SELECT FROM pg_replication_slots WHERE slot_name = %(name)s)",
        {"name": name, "plugin": plugin},
    )
    return place_of(connection, name=name)


def place_of(connection: psycopg.Connection, *, name: str) -> str:
    """Return the place in the log from which the slot streams; empty without a slot."""
    row = connection.execute(
        "SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE slot_name = %s", (name,)
    ).fetchone()
    return str(row[0]) if row else ""


def replicated_tables(connection: psycopg.Connection) -> tuple[str, ...]:
    """Return every table whose rows must be carried, as `schema.table`."""
    rows = connection.execute(
        "SELECT n.nspname || '.' || c.relname FROM payshift.replicated_tables t "
        "JOIN pg_class c ON c.oid = t.relation JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE t.relkind = 'r' ORDER BY 1"
    ).fetchall()
    return tuple(str(name) for (name,) in rows)


def published_tables(connection: psycopg.Connection, *, publication: str) -> tuple[str, ...]:
    """Return the tables that the publication carries, as `schema.table`."""
    rows = connection.execute(
        "SELECT schemaname || '.' || tablename FROM pg_publication_tables "
        "WHERE pubname = %s ORDER BY 1",
        (publication,),
    ).fetchall()
    return tuple(str(name) for (name,) in rows)


def received_tables(connection: psycopg.Connection, *, name: str) -> dict[str, bool]:
    """Return the tables that the subscription knows, and whether it has copied each of them.

    Rows of a published table that it does not know are dropped in silence.
    """
    rows = connection.execute(
        "SELECT n.nspname || '.' || c.relname, r.srsubstate = 'r' FROM pg_subscription_rel r "
        "JOIN pg_subscription s ON s.oid = r.srsubid AND s.subname = %s "
        "JOIN pg_database d ON d.oid = s.subdbid AND d.datname = current_database() "
        "JOIN pg_class c ON c.oid = r.srrelid JOIN pg_namespace n ON n.oid = c.relnamespace",
        (name,),
    ).fetchall()
    return {str(table): bool(copied) for table, copied in rows}
