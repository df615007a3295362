"""Database logins from Secrets Manager, cached, with a forced look when one does not work."""

from __future__ import annotations

import time
from pathlib import Path

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from botocore.config import Config

from app.migration.connection import DatabaseSettings

_MAX_AGE_SECONDS = 300
# A database that is away may have moved: its login is looked up again, however many requests fail
# meanwhile, at most this often. One that refuses the login has been given another: at once, and
# what keeps a wrong secret from being asked for in a loop is a tenth of a second.
_REFRESH_EVERY_SECONDS = 2.0
_REFUSED_EVERY_SECONDS = 0.1

# Short: a request is waiting. botocore's own default would wait a minute.
AWS_CALLS = Config(
    connect_timeout=2, read_timeout=3, retries={"mode": "standard", "max_attempts": 3}
)


class Login:
    """The login behind one secret; calling it gives the settings to connect with."""

    def __init__(self, *, secret: str, trust_bundle: Path, provider: SecretsProvider) -> None:
        self._secret = secret
        self._trust_bundle = trust_bundle
        self._provider = provider
        self._refreshed_at = float("-inf")

    def __call__(self, *, refresh: bool = False, refused: bool = False) -> DatabaseSettings:
        """Return the settings, at most five minutes old.

        `refresh` goes past the cache, at most every two seconds; for a login that the server has
        `refused`, every tenth of a second. Raises powertools' GetParameterError when Secrets
        Manager gives no answer.
        """
        now = time.monotonic()
        pause = _REFUSED_EVERY_SECONDS if refused else _REFRESH_EVERY_SECONDS
        force = refresh and now - self._refreshed_at >= pause
        if force:
            self._refreshed_at = now
        text = self._provider.get(self._secret, max_age=_MAX_AGE_SECONDS, force_fetch=force)
        return DatabaseSettings.from_secret(str(text), self._trust_bundle)


def secrets_provider() -> SecretsProvider:
    """Return a provider whose calls give up soon enough for a waiting client."""
    return SecretsProvider(boto_config=AWS_CALLS)
