"""Where a side's database is: the engine's own logins, a libpq service, or a file with a DSN."""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.errors import DatabaseFailed, InputError
from app.migration.connection import DatabaseSettings, connect

CONNECT_SECONDS = 5


class Source(Protocol):
    """One of the two databases."""

    @property
    def name(self) -> str:
        """Promise what people call it; never holds a password."""
        ...

    def connect(self, *, application_name: str) -> AbstractContextManager[psycopg.Connection]:
        """Open a connection in autocommit mode. Raises DatabaseFailed."""
        ...


@dataclass(frozen=True, slots=True)
class SiteSource:
    """A site of the migration."""

    name: str
    settings: DatabaseSettings

    def connect(self, *, application_name: str) -> psycopg.Connection:
        """Open a connection that verifies the server in full."""
        return connect(self.settings, application_name=application_name)


@dataclass(frozen=True, slots=True)
class PlainSource:
    """Any PostgreSQL: `conninfo` is libpq's; what it does not say comes from the environment."""

    name: str
    conninfo: str

    def connect(self, *, application_name: str) -> AbstractContextManager[psycopg.Connection]:
        """Open a connection as libpq does: service file, password file, environment."""
        return self._open(application_name)

    @contextmanager
    def _open(self, application_name: str) -> Iterator[psycopg.Connection]:
        try:
            connection = psycopg.connect(
                make_conninfo(
                    self.conninfo,
                    application_name=application_name,
                    connect_timeout=CONNECT_SECONDS,
                ),
                autocommit=True,
            )
        except psycopg.OperationalError as error:
            raise DatabaseFailed(
                f"{self.name} cannot be reached: {' '.join(str(error).split())}",
                remedy="Try the same with psql; passwords belong into ~/.pgpass.",
            ) from None
        with connection:
            yield connection


def plain_source(text: str) -> PlainSource:
    """Read `--left` or `--right`: the name of a libpq service, or of a file that holds a DSN.

    Raises InputError, also for a DSN on the command line, where every process could read it.
    """
    if "=" in text or "://" in text:
        raise InputError(
            "a connection string on the command line can be read by every process",
            remedy="write it to a file that only you can read and give the file's name",
        )
    file = Path(text)
    if file.is_file():
        return PlainSource(name=file.name, conninfo=_read_dsn(file))
    if text not in _services():
        raise InputError(
            f"{text} is neither a file nor a service of libpq",
            remedy="add it to ~/.pg_service.conf, or name a file that holds a DSN",
        )
    return PlainSource(name=text, conninfo=make_conninfo(service=text))


def _read_dsn(file: Path) -> str:
    if file.stat().st_mode & 0o077:
        raise InputError(
            f"{file} can be read by others, and may hold a password",
            remedy=f"chmod 600 {file}",
        )
    try:
        return make_conninfo("", **conninfo_to_dict(file.read_text().strip()))
    except (psycopg.ProgrammingError, UnicodeDecodeError):
        raise InputError(
            f"{file} holds no connection string", remedy="write host=… dbname=… user=… into it"
        ) from None


def _services() -> set[str]:
    found: set[str] = set()
    for file in (
        Path(os.environ.get("PGSERVICEFILE") or Path.home() / ".pg_service.conf"),
        Path(os.environ.get("PGSYSCONFDIR") or "/etc/postgresql-common") / "pg_service.conf",
    ):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        if file.is_file():
            parser.read(file)
            found.update(parser.sections())
    return found
