"""Looks into both databases: who accepts writes, and how far replication is behind."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from app.errors import DatabaseFailed
from app.local.rehearsal.samples import DatabaseSample, SiteName
from app.migration.connection import connect
from app.migration.sites import Databases, Site

# replay_lag is NULL when the subscriber has caught up and nothing happens: no lag then.
_STATE = """
SELECT writer.accepting, writer.epoch, senders.seconds, senders.bytes
FROM payshift.writer,
     (SELECT max(extract(epoch FROM coalesce(replay_lag, '0')))::float8 AS seconds,
             max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn))::bigint AS bytes
      FROM pg_stat_replication
      WHERE application_name IN ('payshift_forward', 'payshift_reverse')) AS senders
"""


class DatabaseWatcher:
    """Keeps one connection a site and opens it again when it broke."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._connections: dict[Site, psycopg.Connection[Any]] = {}

    def sample(self) -> DatabaseSample:
        """Return what the databases say now; one that does not answer is left out."""
        accepting: dict[SiteName, bool] = {}
        epochs: list[int] = []
        seconds: list[float] = []
        behind: list[int] = []
        for site in Site:
            row = self._ask(site)
            if row is None:
                continue
            accepting[site.value] = row[0]
            epochs.append(row[1])
            if row[2] is not None:
                seconds.append(row[2])
            if row[3] is not None:
                behind.append(row[3])
        return DatabaseSample(
            at=time.time(),
            accepting=accepting,
            epoch=max(epochs, default=None),
            lag_seconds=max(seconds, default=None),
            lag_bytes=max(behind, default=None),
        )

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _ask(self, site: Site) -> tuple[Any, ...] | None:
        try:
            connection = self._connections.get(site)
            if connection is None:
                connection = self._connections[site] = connect(
                    self._databases[site], application_name="payshift-rehearsal-observer"
                )
            return connection.execute(_STATE).fetchone()
        except (psycopg.Error, DatabaseFailed):
            broken = self._connections.pop(site, None)
            if broken is not None:
                broken.close()
            return None
