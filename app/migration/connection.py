"""How the engine reaches a database: settings, and connections that verify the server in full."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from app.errors import DatabaseFailed, InputError, LoginRefused
from app.migration.bounded_connection import BoundedConnection, BoundedCursor
from app.migration.deadline import Deadline

# Clients may create functions and operators in `public`; none of them shall run with our rights.
OURS = "pg_catalog,pg_temp"


class DatabaseSettings(BaseModel):
    """Where a database is, who connects, and which certificates the server is checked against.

    With a `deadline`, no statement of any session outlives it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65535)
    dbname: str = Field(min_length=1)
    user: str = Field(min_length=1)
    password: SecretStr
    sslrootcert: Path
    # The address to connect to when `host`, which the certificate is checked for, is not resolved.
    hostaddr: str | None = None
    deadline: Deadline | None = Field(default=None, exclude=True, repr=False)

    @classmethod
    def from_secret(cls, json_text: str, sslrootcert: Path) -> DatabaseSettings:
        """Read the JSON that Secrets Manager keeps for a database (the standard RDS shape).

        Raises InputError that names the missing keys and never shows the secret.
        """
        try:
            secret = json.loads(json_text)
            return cls(
                host=secret["host"],
                port=int(secret["port"]),
                dbname=secret["dbname"],
                user=secret["username"],
                password=SecretStr(secret["password"]),
                sslrootcert=sslrootcert,
                hostaddr=secret.get("hostaddr"),
            )
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            detail = f"missing {error}" if isinstance(error, KeyError) else "not in shape"
            raise InputError(
                f"The database secret cannot be read: {detail}.",
                remedy="Keep host, port, dbname, username and password in it, as RDS does.",
            ) from None

    def to_secret(self) -> str:
        """Return the JSON that `from_secret` reads; DMS and the functions read the same."""
        return json.dumps(
            {
                "engine": "postgres",
                "host": self.host,
                "port": self.port,
                "dbname": self.dbname,
                "username": self.user,
                "password": self.password.get_secret_value(),
            }
        )

    def until(self, deadline: Deadline) -> DatabaseSettings:
        """Return the same place and login, for sessions that end what they do by the deadline."""
        return self.model_copy(update={"deadline": deadline})

    def conninfo(self, **overrides: str | int) -> str:
        """Return a libpq connection string with `sslmode=verify-full`; it holds the password."""
        values: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "dbname": self.dbname,
            "user": self.user,
            "password": self.password.get_secret_value(),
            "sslmode": "verify-full",
            "sslrootcert": str(self.sslrootcert),
        }
        if self.hostaddr is not None:
            values["hostaddr"] = self.hostaddr
        return make_conninfo(**{**values, **overrides})


def connect(
    settings: DatabaseSettings,
    *,
    application_name: str,
    autocommit: bool = True,
    connect_timeout_seconds: int = 5,
    search_path: str | None = OURS,
) -> psycopg.Connection:
    """Open a connection whose server certificate and name have been verified.

    `search_path` None leaves the role's own: for statements that may fire the owners' triggers.
    Raises DatabaseFailed (without the password) when that is impossible, and LoginRefused when it
    ended after the server had asked for the password.
    """
    conninfo = settings.conninfo(
        application_name=application_name,
        connect_timeout=connect_timeout_seconds,
        # A peer that vanished without a word is noticed within seconds, not hours.
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=10_000,
        **({} if search_path is None else {"options": f"-c search_path={search_path}"}),
    )
    try:
        connection = BoundedConnection.connect(conninfo, autocommit=autocommit)
    except psycopg.OperationalError as error:
        reason = " ".join(str(error).split())
        # There is no SQLSTATE before a session exists, and the text is in the server's language.
        asked = error.pgconn is not None and error.pgconn.used_password
        kind = LoginRefused if asked else DatabaseFailed
        raise kind(
            f"The database at {settings.host}:{settings.port} cannot be reached: {reason}",
            remedy="Check that the server runs, its address, the certificate and the secret.",
        ) from error
    if settings.deadline is not None:
        connection.deadline, connection.cursor_factory = settings.deadline, BoundedCursor
    return connection
