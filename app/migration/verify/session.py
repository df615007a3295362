"""Sessions whose settings cannot make equal values look different."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

import psycopg

from app.errors import DatabaseFailed

if TYPE_CHECKING:
    from app.migration.verify.source import Source

APPLICATION_NAME = "payshift-verify"
OLDEST_SERVER = 14_00_00  # the first that reads a part of a table by its pages


class Side(StrEnum):
    """Which of the two databases: differences are told as seen from the left."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """Promise the other side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


# Everything that the text of a value or the plan of a scan could depend on. Parallel workers and
# JIT are off: how much of a server a comparison takes is decided by `--workers` alone.
PINNED: Mapping[str, str] = {
    "search_path": "pg_catalog",
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmlbinary": "base64",
    "lc_monetary": "C",
    "lc_numeric": "C",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "work_mem": "64MB",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "default_transaction_read_only": "on",
}
_SET = """
SELECT pg_catalog.set_config(name, value, false)
FROM unnest(%s::text[], %s::text[]) AS pinned (name, value)
"""
# Row security would hide rows from one side alone; then the statement shall fail instead.
NO_ROW_SECURITY = "SET row_security = off"


@contextmanager
def open_session(source: Source) -> Iterator[psycopg.Connection]:
    """Give a read-only session with pinned settings.

    Raises DatabaseFailed when the server cannot be reached, is older than PostgreSQL 14, or goes
    away while the session is used.
    """
    with source.connect(application_name=APPLICATION_NAME) as session:
        if session.info.server_version < OLDEST_SERVER:
            raise DatabaseFailed(
                f"{source.name} runs PostgreSQL {session.info.server_version // 10_000}.",
                remedy="Compare with PostgreSQL 14 or newer.",
            )
        session.execute(NO_ROW_SECURITY)
        session.execute(_SET, (list(PINNED), list(PINNED.values())))
        yield session


@contextmanager
def snapshot(
    session: psycopg.Connection, *, imported: str | None = None
) -> Iterator[psycopg.Connection]:
    """Hold one view of the database in the session, another session's if its name is given."""
    with session.transaction():
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if imported is not None:
            # The name is not a parameter in PostgreSQL's grammar.
            session.execute(
                psycopg.sql.SQL("SET TRANSACTION SNAPSHOT {}").format(psycopg.sql.Literal(imported))
            )
        yield session
