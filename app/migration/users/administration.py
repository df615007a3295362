"""The session in which roles are altered: alone, all or nothing, and silent about secrets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from app.errors import DatabaseFailed
from app.migration.connection import DatabaseSettings, connect

if TYPE_CHECKING:
    from pydantic import SecretStr

APPLICATION_NAME = "payshift-secret-rotation"
# Two that alter the same role at once fail with "tuple concurrently updated".
_KEY = 5787213827046133843
_PATIENCE = "SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = '20s'"


class NotAllowed(DatabaseFailed):
    """The role that asked may not alter the other one."""


@contextmanager
def administration(
    settings: DatabaseSettings, *, again: str = "rotate again"
) -> Iterator[psycopg.Connection]:
    """Give a transaction in which this is the only one that alters roles here.

    `again` is what to do once a fault is mended. Raises NotAllowed or DatabaseFailed with what the
    server said and nothing of the statement, which holds what a password is checked against.
    """
    with connect(settings, application_name=APPLICATION_NAME) as connection:
        try:
            with connection.transaction():
                connection.execute(_PATIENCE)
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (_KEY,))
                yield connection
        except psycopg.errors.InsufficientPrivilege as error:
            raise NotAllowed(
                _said(settings, error), remedy=f"Give {settings.user} the right, then {again}."
            ) from None
        except psycopg.Error as error:
            raise DatabaseFailed(
                _said(settings, error), remedy=f"Nothing was altered: {again}."
            ) from None


def _said(settings: DatabaseSettings, error: psycopg.Error) -> str:
    reason = error.diag.message_primary or "the connection broke"
    return (
        f"{settings.user} could not alter the roles at {settings.host}:{settings.port}: "
        f"{reason} ({error.sqlstate or type(error).__name__})"
    )


def verifier(connection: psycopg.Connection, *, user: str, password: SecretStr) -> str:
    """Return what the server keeps of a password. Made here, so that no server sees the password.

    ALTER ROLE takes no bound parameters: its text stands in pg_stat_activity and, if the server
    is told to, in its log.
    """
    encrypted = connection.pgconn.encrypt_password(
        password.get_secret_value().encode(), user.encode(), b"scram-sha-256"
    )
    return encrypted.decode()
