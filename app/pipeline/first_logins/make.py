"""Makes a site's roles and fills its secrets, in one transaction of the administrator.

The secrets are written before the roles are committed. So a role that can log in always has its
password in its secret, and whatever interrupts this leaves at worst a secret whose role is
missing: the next run makes the role with the password that stands there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from app.config.carrier import Carrier
from app.errors import InputError, LoginRefused, Refused
from app.migration.connection import DatabaseSettings
from app.migration.users.administration import administration
from app.migration.users.making import Making
from app.migration.users.pair import original_of
from app.migration.users.password import new_password, set_password
from app.migration.users.proof import prove
from app.migration.users.roles import LOGINS
from app.pipeline import aws
from app.pipeline.report import Progress

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_CURRENT = "AWSCURRENT"


class LoginInUse(Refused):
    """A role has a password that no secret knows: to set another would lock somebody out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was done, or would be: statements, and the secrets that got their first value."""

    statements: tuple[str, ...]
    secrets: tuple[str, ...]
    dry_run: bool

    def as_record(self) -> Mapping[str, Any]:
        """Return plain values."""
        return {
            "statements": list(self.statements),
            "secrets": list(self.secrets),
            "dry_run": self.dry_run,
        }

    def lines(self) -> list[str]:
        """Return what people read."""
        found = [*self.statements, *(f"first value of {name}" for name in self.secrets)]
        if not found:
            return ["every role, grant and secret is there: nothing was changed"]
        return [*found, *(["nothing of it was done: --dry-run"] if self.dry_run else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLogins:
    """The logins of one site. `secrets` names the secret of each of LOGINS.

    `anew` are logins whose role may get another password although it is there already.
    """

    administrator: DatabaseSettings
    client: SecretsManagerClient
    secrets: Mapping[str, str]
    carrier: Carrier
    shut_to_others: bool
    progress: Progress
    anew: Collection[str] = ()

    def make(self, *, dry_run: bool = False) -> Made:
        """Make what is missing; a dry run carries it out, rolls back and writes no secret.

        Raises LoginInUse, LoginRefused when a secret's login does not work, WorldError.
        """
        values = {login: self._value(name) for login, name in self.secrets.items()}
        new: dict[str, DatabaseSettings] = {}
        with administration(self.administrator, again="run this again") as connection:
            making = Making(connection, carrier=self.carrier)
            making.run(shut_to_others=self.shut_to_others)
            for login, user in LOGINS.items():
                made = self._let_in(
                    connection, login, value=values[login], is_new=user in making.made
                )
                if made is not None:
                    new[login] = made
            if dry_run:
                raise psycopg.Rollback
            for login, settings in new.items():
                self.progress(f"writing the first value of {self.secrets[login]}")
                self._keep(self.secrets[login], settings)
        if not dry_run:
            for settings in new.values():
                prove(settings)
        return Made(
            statements=tuple(making.done),
            secrets=tuple(self.secrets[login] for login in new),
            dry_run=dry_run,
        )

    def _let_in(
        self,
        connection: psycopg.Connection,
        login: str,
        *,
        value: DatabaseSettings | None,
        is_new: bool,
    ) -> DatabaseSettings | None:
        """Give a user its password; return the login if its secret has yet to hold it."""
        user = LOGINS[login]
        if value is not None and original_of(value.user) != user:
            raise InputError(
                f"{self.secrets[login]} holds the login of {value.user}, not of {user}",
                remedy=f"take {_CURRENT} from that version, then run this again",
            )
        if value is not None and not is_new:
            self._prove(value, login)
            return None
        if value is not None and value.user == user:
            set_password(connection, user=user, password=value.password)
            return None
        if not is_new and login not in self.anew:
            raise LoginInUse(
                f"The role {user} is there, and {self.secrets[login]} has no value: another "
                "password would lock out whoever uses it.",
                remedy=f"put its login into the secret; or, if nobody uses it: "
                f"--new-password {login}",
            )
        settings = self.administrator.model_copy(update={"user": user, "password": new_password()})
        set_password(connection, user=user, password=settings.password)
        return settings

    def _prove(self, value: DatabaseSettings, login: str) -> None:
        try:
            prove(value)
        except LoginRefused as error:
            raise LoginRefused(
                f"{value.user} is not let in with what {self.secrets[login]} holds.",
                remedy="Put a version that works into it (rotations keep the previous one).",
            ) from error

    def _value(self, name: str) -> DatabaseSettings | None:
        """Return the login that a secret holds; None before its first value. WorldError."""
        with aws.translated(f"looking at the secret {name}"):
            stages = self.client.describe_secret(SecretId=name).get("VersionIdsToStages", {})
            if not any(_CURRENT in held for held in stages.values()):
                return None
            text = self.client.get_secret_value(SecretId=name)["SecretString"]
        return DatabaseSettings.from_secret(text, self.administrator.sslrootcert)

    def _keep(self, name: str, settings: DatabaseSettings) -> None:
        with aws.translated(f"writing the first value of {name}"):
            self.client.put_secret_value(SecretId=name, SecretString=settings.to_secret())
