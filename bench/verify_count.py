"""Counting the rows of a table on both servers at once, one page after the other: the yardstick."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial

import psycopg

from app.migration.verify.both import both
from app.migration.verify.session import Side
from bench.verify_tables import Sources

WHAT = "sequential count(*) on both servers at once"
_COUNT = "SELECT count(*) FROM {table}"
_SEQUENTIAL = "SET max_parallel_workers_per_gather = 0; SET enable_indexonlyscan = off"

Sessions = Mapping[Side, psycopg.Connection]


@contextmanager
def counting(sources: Sources) -> Iterator[Sessions]:
    """Open the sessions that count beforehand; a comparison has to open its own."""
    with ExitStack() as stack:
        sessions = {
            side: stack.enter_context(source.connect(application_name="bench"))
            for side, source in sources.items()
        }
        for session in sessions.values():
            session.execute(_SEQUENTIAL)
        yield sessions


def count(sessions: Sessions, table: str) -> None:
    """Count on both sides at once."""
    both(partial(_count, sessions, table))


def _count(sessions: Sessions, table: str, side: Side) -> None:
    sessions[side].execute(_COUNT.format(table=table).encode()).fetchone()
