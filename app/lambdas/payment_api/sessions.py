"""One kept connection per sandbox and database: opened once, reused, opened again when broken."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import psycopg
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from app.errors import DatabaseFailed, LoginRefused, PayshiftError
from app.lambdas.payment_api.request_log import logger
from app.migration.connection import DatabaseSettings, connect
from app.migration.sites import Site

# `refresh` asks for a new copy of the login, past every cache; `refused` says that it is urgent.
LoginSource = Callable[..., DatabaseSettings]

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0
_CONNECT_TIMEOUT_SECONDS = 2
# One answer of a payment takes under 10 ms; what takes seconds is waiting for a lock or a disk.
_SESSION_SETTINGS = """
    SET statement_timeout = '3s';
    SET idle_in_transaction_session_timeout = '10s';
    SET TimeZone = 'UTC'
"""


class DatabaseUnreachable(DatabaseFailed):
    """No connection to this database can be had at the moment; try again shortly."""


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    connection: psycopg.Connection | None = None
    failures: int = 0
    closed_until: float = 0.0


class Sessions:
    """Gives the connection to a site's database. Thread-safe; never opens two to the same site."""

    def __init__(self, *, logins: Mapping[Site, LoginSource], application_name: str) -> None:
        self._logins = logins
        self._application_name = application_name
        self._slots = {site: _Slot() for site in logins}

    @property
    def sites(self) -> tuple[Site, ...]:
        """The sites whose database this copy of the API may talk to."""
        return tuple(self._slots)

    def get(self, site: Site) -> psycopg.Connection:
        """Return an open connection in autocommit mode, or raise DatabaseUnreachable.

        After a failure the next try waits 50 ms to 1 s, so that a database that comes back
        is not met by a storm; until then this refuses at once.
        """
        slot = self._slots[site]
        with slot.lock:
            if slot.connection is not None and not slot.connection.closed:
                return slot.connection
            if time.monotonic() < slot.closed_until:
                raise DatabaseUnreachable(site.value)
            try:
                slot.connection = self._open(site)
            except (PayshiftError, psycopg.Error, GetParameterError) as error:
                logger().warning(
                    "database unreachable", extra={"database": site.value, "reason": str(error)}
                )
                slot.failures += 1
                pause = min(_FIRST_PAUSE_SECONDS * 2**slot.failures, _LONGEST_PAUSE_SECONDS)
                jitter = random.uniform(0.5, 1)  # noqa: S311 - spreads sandboxes, guards nothing
                slot.closed_until = time.monotonic() + pause * jitter
                raise DatabaseUnreachable(site.value) from error
            slot.failures = 0
            return slot.connection

    def drop(self, site: Site) -> None:
        """Forget the connection; the next `get` opens another."""
        slot = self._slots[site]
        with slot.lock:
            connection, slot.connection = slot.connection, None
        if connection is not None:
            connection.close()

    def close(self) -> None:
        """Close every connection."""
        for site in self.sites:
            self.drop(site)

    def _open(self, site: Site) -> psycopg.Connection:
        login = self._logins[site]
        before = login(refresh=False)
        try:
            return self._connect(before)
        except DatabaseFailed as error:
            # The password or the host may have changed: look whether the secret did, and only then
            # try once more.
            after = login(refresh=True, refused=isinstance(error, LoginRefused))
            if after == before:
                raise
            return self._connect(after)

    def _connect(self, settings: DatabaseSettings) -> psycopg.Connection:
        connection = connect(
            settings,
            application_name=self._application_name,
            autocommit=True,
            connect_timeout_seconds=_CONNECT_TIMEOUT_SECONDS,
            search_path=None,
        )
        # `Prepared` prepares. What psycopg prepares itself it forgets with DEALLOCATE ALL, and ours
        # with it, after every rollback: that of a refund that is refused, for one.
        connection.prepare_threshold = None
        connection.execute(_SESSION_SETTINGS)
        return connection
