"""Settings of the secret rotation."""

from __future__ import annotations

from app.lambdas.settings import FunctionSettings


class SecretRotationSettings(FunctionSettings):
    """PAYSHIFT_ENVIRONMENT, and PAYSHIFT_TRUST_BUNDLE where it is not the image's own.

    Which secrets there are follows from the environment's name: see `login_name`.
    """
