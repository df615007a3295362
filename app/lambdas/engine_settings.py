"""Settings and logins of the functions that use the engine: validator and handover."""

from __future__ import annotations

from functools import cached_property

from pydantic import Field

from app.config.carrier import Carrier
from app.lambdas.logins import Login, secrets_provider
from app.lambdas.settings import FunctionSettings, SecretName
from app.migration.connection import DatabaseSettings
from app.migration.sites import Site


class EngineSettings(FunctionSettings):
    """Both databases' engine logins, and where evidence is kept (nowhere when it is not said)."""

    carrier: Carrier = "logical"
    legacy_secret: SecretName
    aws_secret: SecretName
    features_parameter: str | None = Field(default=None, pattern=r"^/[A-Za-z0-9_./-]+$")
    evidence_bucket: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")


class EngineDatabases:
    """Fetches the engine's logins; always fresh ones, since an invocation is rare and long."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings

    def fetch(self) -> dict[Site, DatabaseSettings]:
        """Return how the engine reaches both databases."""
        return {site: login(refresh=True) for site, login in self._logins.items()}

    @cached_property
    def _logins(self) -> dict[Site, Login]:
        provider = secrets_provider()
        secrets = {
            Site.LEGACY: self._settings.legacy_secret,
            Site.AWS: self._settings.aws_secret,
        }
        return {
            site: Login(secret=name, trust_bundle=self._settings.trust_bundle, provider=provider)
            for site, name in secrets.items()
        }
