"""The value of a login's secret: the JSON that RDS uses, of which two members change."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from app.migration.connection import DatabaseSettings


@dataclass(frozen=True, slots=True)
class LoginValue:
    """One version of a login. Printing it does not show the password."""

    text: str = field(repr=False)
    settings: DatabaseSettings

    @classmethod
    def read(cls, text: str, *, trust_bundle: Path) -> LoginValue:
        """Raise InputError, without the value, when it is not in shape."""
        return cls(text, DatabaseSettings.from_secret(text, trust_bundle))

    @property
    def user(self) -> str:
        """Promise the user's name."""
        return self.settings.user

    def with_login(self, *, user: str, password: SecretStr) -> str:
        """Return the value for another login at the same database; other members stay."""
        members = {"username": user, "password": password.get_secret_value()}
        return json.dumps({**json.loads(self.text), **members})

    def same_database(self, other: LoginValue) -> bool:
        """Tell whether both lead to the same database."""
        one, two = self.settings, other.settings
        return (one.host, one.port, one.dbname) == (two.host, two.port, two.dbname)
