"""What the probes of the doctor may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.config.authorities import CERTIFICATES
from app.config.environment import Environment
from app.config.names import Names
from app.errors import InputError
from app.migration.connection import DatabaseSettings, connect

if TYPE_CHECKING:
    import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorContext:
    """The target, clients of AWS that only read, and ways to DNS and to the source.

    `login_file` holds the source's login as Secrets Manager would, as JSON; without it the secret
    of the engine is taken. `name_server` is a host and a port instead of this machine's resolver.
    `images` are the digests that the release names.
    """

    environment: Environment
    client: Callable[[str], Any]
    login_file: Path | None = None
    authority_file: Path | None = None
    name_server: tuple[str, int] | None = None
    images: tuple[str, ...] = ()

    @property
    def names(self) -> Names:
        """The shared names."""
        return Names.of(self.environment)

    def source_settings(self) -> DatabaseSettings:
        """Return how the source is reached. InputError when nothing says so."""
        authority = self.authority_file or (
            CERTIFICATES / self.environment.replication.data_centre_authority
        )
        return DatabaseSettings.from_secret(self._login(), authority)

    @contextmanager
    def source(self) -> Iterator[psycopg.Connection]:
        """Open a session at the source that can only read. DatabaseFailed."""
        with connect(self.source_settings(), application_name="payshift-doctor") as connection:
            connection.execute("SET default_transaction_read_only = on")
            connection.execute("SET statement_timeout = '20s'")
            yield connection

    def _login(self) -> str:
        if self.login_file is not None:
            try:
                return self.login_file.read_text(encoding="utf-8")
            except OSError as error:
                message = f"{self.login_file} cannot be read: {error.strerror}"
                raise InputError(message, remedy="name a file with the login as JSON") from error
        client, name = self.client("secretsmanager"), self.names.secret("legacy", "migration")
        try:
            return str(client.get_secret_value(SecretId=name)["SecretString"])
        except client.exceptions.ResourceNotFoundException as error:
            message = f"there is no secret {name} yet, and no file says how to reach the source"
            raise InputError(message, remedy="add --source FILE with the login as JSON") from error
