"""The two database sessions of a handover, which hold the right to be the only one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from app.errors import HandoverRefused
from app.migration.connection import DatabaseSettings, connect
from app.migration.cut_off import cut_off
from app.migration.deadline import Deadline
from app.migration.sites import Databases, Site

if TYPE_CHECKING:
    import psycopg

    from app.migration.replication.base import Sessions

APPLICATION_NAME = "payshift-handover"
HANDOVER_KEY = 5787213827046133842  # session advisory lock; the fence's own key is another one
LOCK_PATIENCE_SECONDS = 5.0
POLL_SECONDS = 0.02
# What follows the change of writer may go on after the deadline, but not for ever.
OVERTIME_SECONDS = 40.0
# A process that vanished without a word (a sandbox that was ended, a laptop that was closed) leaves
# its sessions behind, and with them the right to hand over: their server notices within seconds.
_SETTINGS = """
SET synchronous_commit = on;
SET idle_in_transaction_session_timeout = 0;
SET tcp_keepalives_idle = 5;
SET tcp_keepalives_interval = 2;
SET tcp_keepalives_count = 3;
SET tcp_user_timeout = 10000
"""


@contextmanager
def open_sessions(
    databases: Databases, *, deadline: Deadline, patience_seconds: float = LOCK_PATIENCE_SECONDS
) -> Iterator[Sessions]:
    """Give a session at each site that no other handover holds at the same time.

    The right ends with the session, however that ends; one that is still held long after the
    deadline is ended. Raises HandoverRefused when another handover goes on, DatabaseFailed when a
    database cannot be reached.
    """
    with ExitStack() as stack:
        sessions: dict[Site, psycopg.Connection] = {}
        for site in Site:  # always in this order, so that two handovers cannot block each other
            session = stack.enter_context(
                open_session(databases[site], deadline=deadline, patience_seconds=patience_seconds)
            )
            sessions[site] = session
        stack.enter_context(
            cut_off(*sessions.values(), after_seconds=deadline.remaining + OVERTIME_SECONDS)
        )
        yield sessions


@contextmanager
def open_session(
    settings: DatabaseSettings,
    *,
    deadline: Deadline,
    patience_seconds: float = LOCK_PATIENCE_SECONDS,
) -> Iterator[psycopg.Connection]:
    """Give one such session."""
    with connect(settings, application_name=APPLICATION_NAME) as session:
        session.execute(_SETTINGS)
        _claim(session, deadline=deadline.within(seconds=patience_seconds))
        yield session


def _claim(session: psycopg.Connection, *, deadline: Deadline) -> None:
    while True:
        row = session.execute("SELECT pg_try_advisory_lock(%s)", (HANDOVER_KEY,)).fetchone()
        if row is not None and row[0]:
            return
        if deadline.passed:
            raise HandoverRefused(
                f"Another handover is going on ({_holder(session)}).",
                remedy="Wait for it to end; it has a deadline.",
            )
        time.sleep(POLL_SECONDS)


def _holder(session: psycopg.Connection) -> str:
    row = session.execute(
        "SELECT a.pid, a.client_addr, date_trunc('second', a.backend_start) FROM pg_locks l "
        "JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted "
        "AND ((l.classid::bigint << 32) | l.objid::bigint) = %s",
        (HANDOVER_KEY,),
    ).fetchone()
    return "it ended just now" if row is None else f"session {row[0]} from {row[1]} since {row[2]}"
