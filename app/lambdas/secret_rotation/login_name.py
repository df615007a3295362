"""Which login a secret's name stands for: the site, and what the login is for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from app.errors import InputError
from app.migration.sites import Site


class LoginRole(StrEnum):
    """What a login is for; `rotation` is the administrator that alters the others."""

    APP = "app"
    MIGRATION = "migration"
    REPLICATION = "replication"
    ROTATION = "rotation"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginName:
    """One login of one environment. Its text is the name of its secret, as in `Names.secret`."""

    environment: str
    site: Site
    role: LoginRole

    def __str__(self) -> str:
        return f"payshift/{self.environment}/{self.site}/{self.role}"

    @classmethod
    def parse(cls, name: str, *, environment: str) -> Self:
        """Read the name of a secret; raises InputError when it is not a login of `environment`."""
        for site in Site:
            for role in LoginRole:
                login = cls(environment=environment, site=site, role=role)
                if str(login) == name:
                    return login
        raise InputError(
            f"The secret {name} is no login of the environment {environment}.",
            remedy=f"Rotate payshift/{environment}/<site>/<role> with this function, no other.",
        )

    def sibling(self, role: LoginRole, *, site: Site | None = None) -> Self:
        """Return another login of the same environment; of the same site if none is named."""
        return type(self)(environment=self.environment, site=site or self.site, role=role)
