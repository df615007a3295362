"""Subscriptions that log in at their source with a login whose password changes.

A subscription keeps its login in the catalogue of the subscriber. It is told of a new one while
both are valid, so that a worker that starts again, or the direction that rests until a handover,
never meets a refused login.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.errors import DatabaseFailed
from app.migration.connection import DatabaseSettings, connect
from app.migration.deadline import Deadline
from app.migration.replication.direction import Direction
from app.migration.replication.peer import execute_with_peer
from app.migration.sessions import open_sessions
from app.migration.sites import Databases, Site
from app.migration.users.pair import original_of

APPLICATION_NAME = "payshift-secret-rotation"
POLL_SECONDS = 0.02

_CONNECTIONS = """
SELECT subname, subenabled, subconninfo FROM pg_catalog.pg_subscription WHERE subname = ANY(%s)
AND subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
"""
_ALTER = """
DO $$ BEGIN EXECUTE format('ALTER SUBSCRIPTION %I CONNECTION %L', {name},
                           current_setting('payshift.peer')); END $$
"""


def follow(
    *, databases: Databases, source: Site, login: DatabaseSettings, deadline: Deadline
) -> None:
    """Let every subscription to `source` that uses this login's pair of users use this login.

    `databases` is how the engine connects. A handover that goes on is waited for, because a
    worker that starts again would hold up its drain. Raises HandoverRefused when it does not end
    in time, DatabaseFailed when a subscription does not come back with the new login.
    """
    target = source.other
    try:
        with connect(databases[target], application_name=APPLICATION_NAME) as look:
            if not _behind(look, source=source, login=login):
                return
        with open_sessions(
            databases, deadline=deadline, patience_seconds=deadline.remaining
        ) as sessions:
            changed = _behind(sessions[target], source=source, login=login)
            for name, (_, conninfo) in changed.items():
                _repoint(sessions[target], name=name, conninfo=conninfo)
            for name, (enabled, _) in changed.items():
                if enabled:
                    _wait_for_login(sessions[source], name=name, user=login.user, deadline=deadline)
    except psycopg.Error as error:
        # Not chained: the server quotes the statement, and in it the password.
        raise DatabaseFailed(
            f"The subscriptions to {source} could not be given the new login: "
            f"{error.diag.message_primary or 'the connection broke'} ({error.sqlstate}).",
            remedy="Their old login is still valid: rotate again.",
        ) from None


def _behind(
    connection: psycopg.Connection, *, source: Site, login: DatabaseSettings
) -> Mapping[str, tuple[bool, str]]:
    """Return what lags behind by name: if it is enabled, and the connection that it must get."""
    direction = Direction(source)
    rows = connection.execute(_CONNECTIONS, ([direction.data, direction.probe],)).fetchall()
    new = {"user": login.user, "password": login.password.get_secret_value()}
    found = {}
    for name, enabled, conninfo in rows:
        known = conninfo_to_dict(conninfo)
        ours = original_of(str(known.get("user"))) == original_of(login.user)
        if ours and any(known.get(key) != value for key, value in new.items()):
            found[str(name)] = (bool(enabled), _with_login(known, new))
    return found


def _with_login(known: Mapping[str, Any], new: Mapping[str, str]) -> str:
    return make_conninfo(**{**known, **new})


def _repoint(connection: psycopg.Connection, *, name: str, conninfo: str) -> None:
    execute_with_peer(connection, sql.SQL(_ALTER).format(name=sql.Literal(name)), conninfo=conninfo)


def _wait_for_login(
    connection: psycopg.Connection, *, name: str, user: str, deadline: Deadline
) -> None:
    """Wait until the subscription's worker reads from here as `user`."""
    query = "SELECT FROM pg_stat_replication WHERE application_name = %s AND usename = %s"
    while connection.execute(query, (name, user)).fetchone() is None:
        if deadline.passed:
            raise DatabaseFailed(
                f"Subscription {name} did not come back as {user}.",
                remedy="Look at the log of the subscribing server, then rotate again.",
            )
        time.sleep(POLL_SECONDS)
