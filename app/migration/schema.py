"""What both databases must carry: the business tables, and the engine's own schema."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path

import psycopg

from app.migration.fence import settle
from app.migration.idle_transactions import let_rest
from app.migration.sites import Site

SQL = Path(__file__).parent / "sql"
# Preparing takes strong locks on the business tables for a moment; it must not queue clients up.
LOCK_TIMEOUT_MILLISECONDS = 3_000


def install_business_schema(connection: psycopg.Connection) -> None:
    """Create the tables of the payment system where they are missing, with owner and grants."""
    with connection.transaction():
        connection.execute(_script("business"))


def prepare(
    connection: psycopg.Connection,
    *,
    site: Site,
    writer: Site,
    replicators: Collection[str] = (),
) -> None:
    """Create the engine's schema and put the fence on every replicated table.

    `site` is the database's own; `writer` is who writes in the first epoch and is ignored when
    the database already knows. Sessions of this connection's role, who owns the subscriptions, and
    of `replicators` are replication when `session_replication_role` says so; nobody else's are. The
    server ends no transaction of theirs for being idle, from their next session on.
    Idempotent: what is there and right is not touched.
    """
    with connection.transaction():
        connection.execute(_script("engine"))
        connection.execute(
            "INSERT INTO payshift.writer (site, writer, epoch, accepting) "
            "VALUES (%s, %s, 1, %s) ON CONFLICT DO NOTHING",
            (site.value, writer.value, site is writer),
        )
        connection.execute(
            "INSERT INTO payshift.replicator SELECT current_user UNION SELECT unnest(%s::name[]) "
            "ON CONFLICT DO NOTHING",
            (list(replicators),),
        )
        connection.execute(_script("fence"))
        connection.execute(_script("shadow"))
        connection.execute(_script("unfenced_tables"))
        connection.execute(_script("postponed"))
    let_rest(connection)
    fence_new_tables(connection)
    for table in unfenced_tables(connection):
        _lock_briefly(connection, "SELECT payshift.fence_table(%s::regclass)", table)
    settle(connection)


def fence_new_tables(connection: psycopg.Connection) -> bool:
    """Let tables and partitions be fenced as they are made; False where that is not allowed.

    Superusers and Amazon's rds_superuser may make event triggers. Without one, a new table stops
    the next handover until the databases are prepared again.
    """
    try:
        with connection.transaction():
            connection.execute(_script("new_tables"))
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def unfenced_tables(connection: psycopg.Connection) -> tuple[str, ...]:
    """Return the replicated tables that the fence does not guard; empty when all is right."""
    rows = connection.execute("SELECT relation::text FROM payshift.unfenced_tables").fetchall()
    return tuple(sorted(str(name) for (name,) in rows))


def guard_tables(connection: psycopg.Connection) -> None:
    """Make every business table refuse replicated rows while this site is the accepting writer."""
    rows = connection.execute("SELECT relation::text FROM payshift.unguarded_tables").fetchall()
    for (table,) in rows:
        _lock_briefly(connection, "SELECT payshift.guard_table(%s::regclass)", table)


def _lock_briefly(connection: psycopg.Connection, statement: str, table: str) -> None:
    with connection.transaction():
        connection.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MILLISECONDS}")
        connection.execute(statement.encode(), (table,))


@cache
def _script(name: str) -> bytes:
    return (SQL / f"{name}.sql").read_bytes()
