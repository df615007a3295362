"""Making logical replication between two prepared databases, while the source is written to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from app.errors import DatabaseFailed
from app.migration.deadline import Deadline
from app.migration.postponed import make_up, postpone
from app.migration.replication import catalog
from app.migration.replication.direction import Direction
from app.migration.replication.peer import execute_with_peer
from app.migration.schema import guard_tables
from app.migration.sessions import open_sessions
from app.migration.sites import Databases, Site

if TYPE_CHECKING:
    from app.migration.replication.base import Sessions

Progress = Callable[[str], None]
POLL_SECONDS = 0.1
_CREATE = """
DO $$ BEGIN EXECUTE format(
    'CREATE SUBSCRIPTION %I CONNECTION %L PUBLICATION %I WITH (copy_data = %s, enabled = %s, '
    'create_slot = false, synchronous_commit = ''off'')',
    {name}, current_setting('payshift.peer'), {name}, {copy}, {enabled}); END $$
"""


def install_logical_replication(
    *,
    databases: Databases,
    writer: Site,
    server_sslrootcert: str,
    deadline_seconds: float,
    progress: Progress | None = None,
) -> None:
    """Copy the writer's business tables to the other site and keep them following.

    Idempotent, and may be run again after it was interrupted, or to take in tables that were added
    since. On return every table is copied and streaming, and the way back rests ready.
    `server_sslrootcert` is the file, as the subscribing servers see it, that they verify their peer
    against. Raises HandoverRefused while a handover goes on, DatabaseFailed at the deadline.
    """
    report = progress or (lambda _message: None)
    deadline = Deadline(seconds=deadline_seconds)
    away = Direction(writer)
    # Which direction rests must not change while tables are taken into both.
    with open_sessions(databases, deadline=deadline) as sessions:
        peers = {
            site: databases[site].conninfo(sslrootcert=server_sslrootcert, connect_timeout=5)
            for site in Site
        }
        for direction in (away, away.opposite):
            _publish(sessions[direction.source], direction=direction)
            _subscribe(sessions, name=direction.probe, direction=direction, peers=peers)
        _copy(sessions, direction=away, peers=peers, deadline=deadline, report=report)
        back = away.opposite
        _subscribe(sessions, name=back.data, direction=back, peers=peers, enabled=False)
        for direction in (away, back):
            _take_in_new_tables(sessions, direction=direction, peers=peers)
            _wait_for_copy(
                sessions[direction.target], name=direction.data, deadline=deadline, report=report
            )
        for session in sessions.values():
            guard_tables(session)
        sessions[away.target].execute(
            "ANALYZE payments.payment, payments.refund, payments.ledger_entry"
        )
        report("streaming")


def _publish(connection: psycopg.Connection, *, direction: Direction) -> None:
    business = [
        sql.Identifier(*table.split(".", maxsplit=1))
        for table in catalog.replicated_tables(connection)
    ]
    marker = sql.Identifier("payshift", direction.marker_table)
    probe = sql.Identifier("payshift", direction.probe_table)
    for name, content in ((direction.data, [*business, marker]), (direction.probe, [probe])):
        exists = connection.execute(
            "SELECT FROM pg_publication WHERE pubname = %s", (name,)
        ).fetchone()
        verb = (
            "ALTER PUBLICATION {} SET TABLE {}"
            if exists is not None
            else "CREATE PUBLICATION {} FOR TABLE {}"
        )
        connection.execute(sql.SQL(verb).format(sql.Identifier(name), sql.SQL(", ").join(content)))


def _subscribe(
    sessions: Sessions,
    *,
    name: str,
    direction: Direction,
    peers: dict[Site, str],
    copy: bool = False,
    enabled: bool = True,
) -> None:
    source, target = sessions[direction.source], sessions[direction.target]
    if catalog.subscription_enabled(target, name=name) is not None:
        return
    if catalog.read_slot(source, name=name) is not None:
        # Left behind by an installation that ended between making the slot and the subscription.
        source.execute("SELECT pg_drop_replication_slot(%s)", (name,))
    catalog.make_slot(source, name=name, plugin="pgoutput")
    _create(target, name=name, peer=peers[direction.source], copy=copy, enabled=enabled)


def _create(target: psycopg.Connection, *, name: str, peer: str, copy: bool, enabled: bool) -> None:
    """Create a subscription that reads the slot of its name, which is there."""
    try:
        execute_with_peer(
            target,
            sql.SQL(_CREATE).format(
                name=sql.Literal(name),
                copy=sql.Literal(str(copy)),
                enabled=sql.Literal(str(enabled)),
            ),
            conninfo=f"{peer} application_name={name}",
        )
    except psycopg.Error as error:
        raise DatabaseFailed(
            f"Subscription {name} could not be made: "
            f"{error.diag.message_primary or 'the connection broke'} ({error.sqlstate}).",
            remedy="Mend this and run it again; it goes on where it stopped.",
        ) from None


def _take_in_new_tables(
    sessions: Sessions, *, direction: Direction, peers: dict[Site, str]
) -> None:
    """Let a subscription receive what was added to its publication; until then it drops the rows.

    The one that carries rows copies what such a table holds. The one that rests may not be
    refreshed (PostgreSQL refuses it where a subscription is disabled, and to enable it would send
    rows back), so it is made anew over the same slot, in one transaction.
    """
    target, name = sessions[direction.target], direction.data
    received = catalog.received_tables(target, name=name)
    published = catalog.published_tables(sessions[direction.source], publication=name)
    if received.keys() == set(published):
        return
    if catalog.subscription_enabled(target, name=name):
        target.execute(
            sql.SQL("ALTER SUBSCRIPTION {} REFRESH PUBLICATION WITH (copy_data = true)").format(
                sql.Identifier(name)
            )
        )
        return
    with target.transaction():
        for statement in ("ALTER SUBSCRIPTION {} SET (slot_name = NONE)", "DROP SUBSCRIPTION {}"):
            target.execute(sql.SQL(statement).format(sql.Identifier(name)))
        _create(target, name=name, peer=peers[direction.source], copy=False, enabled=False)


def _copy(
    sessions: Sessions,
    *,
    direction: Direction,
    peers: dict[Site, str],
    deadline: Deadline,
    report: Progress,
) -> None:
    """Copy without secondary indexes, which takes two thirds of the time, and make them after."""
    target, name = sessions[direction.target], direction.data
    report("copying")
    if catalog.subscription_enabled(target, name=name) is None:
        postpone(target, primary_keys=False)
        _subscribe(sessions, name=name, direction=direction, peers=peers, copy=True)
    _wait_for_copy(target, name=name, deadline=deadline, report=report)
    report("making indexes and constraints")
    make_up(target)


def _wait_for_copy(
    target: psycopg.Connection, *, name: str, deadline: Deadline, report: Progress
) -> None:
    query = (
        "SELECT (SELECT count(*) FROM pg_subscription_rel r, pg_subscription s "
        "WHERE s.oid = r.srsubid AND subname = %s AND srsubstate <> 'r'), "
        "(SELECT coalesce(sum(tuples_processed), 0)::bigint FROM pg_stat_progress_copy)"
    )
    while True:
        row = target.execute(query, (name,)).fetchone()
        if row is None or row[0] == 0:
            return
        if deadline.passed:
            raise DatabaseFailed(
                f"{row[0]} tables were not copied in time.",
                remedy="Look at the log of the subscribing server; then run this again.",
            )
        report(f"copying: {row[0]} tables left, {row[1]:,} rows on their way")
        time.sleep(POLL_SECONDS)
