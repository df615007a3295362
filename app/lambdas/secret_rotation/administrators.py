"""The logins that alter others: the site's rotation login, and where that may not, the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import LoginRefused, RotationRefused
from app.lambdas.secret_rotation.login_name import LoginName, LoginRole
from app.lambdas.secret_rotation.login_value import LoginValue
from app.lambdas.secret_rotation.store import CURRENT, PENDING, SecretStore
from app.migration.connection import DatabaseSettings
from app.migration.sites import Databases, Site
from app.migration.users.administration import NotAllowed, administration

if TYPE_CHECKING:
    import psycopg

Change = Callable[["psycopg.Connection"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrators:
    """Those who may alter the users of `login`."""

    login: LoginName
    store: SecretStore
    trust_bundle: Path

    def alter(self, change: Change) -> None:
        """Carry out a change of roles in one transaction.

        PostgreSQL 14 lets only a superuser alter superusers and replication roles (Aurora: only
        rds_superuser those that belong to it). The engine of the site is one. It is asked for the
        engine's own users and for those of the replication, never for the application's.
        """
        try:
            self._as_rotation_login(change)
        except NotAllowed:
            if self.login.role not in {LoginRole.MIGRATION, LoginRole.REPLICATION}:
                raise
            with administration(self._engine(self.login.site)) as connection:
                change(connection)

    def engines(self) -> Databases:
        """Return how the engine connects to both sites."""
        return {site: self._engine(site) for site in Site}

    def _as_rotation_login(self, change: Change) -> None:
        name = self.login.sibling(LoginRole.ROTATION)
        refused: LoginRefused | None = None
        for settings in self._versions(name):
            try:
                with administration(settings) as connection:
                    change(connection)
            except LoginRefused as error:
                refused = error
            else:
                return
        raise RotationRefused(
            f"Nobody can alter roles at {self.login.site}: no login of {name} works.",
            remedy=f"Put a working login of a role with CREATEROLE into {name}.",
        ) from refused

    def _versions(self, name: LoginName) -> Iterator[DatabaseSettings]:
        """Give the current login, then the pending one: its own rotation may be half way."""
        for stage in (CURRENT, PENDING):
            text = self.store.value(str(name), stage=stage)
            if text is not None:
                yield LoginValue.read(text, trust_bundle=self.trust_bundle).settings

    def _engine(self, site: Site) -> DatabaseSettings:
        name = self.login.sibling(LoginRole.MIGRATION, site=site)
        text = self.store.value(str(name), stage=CURRENT)
        if text is None:
            raise RotationRefused(
                f"The secret {name} has no current value.",
                remedy="Put the engine's login into it, then rotate again.",
            )
        return LoginValue.read(text, trust_bundle=self.trust_bundle).settings
