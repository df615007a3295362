"""The Lambda entry point of the secret rotation."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from app.errors import PayshiftError
from app.lambdas.secret_rotation.event import RotationEvent
from app.lambdas.secret_rotation.rotation import Rotation
from app.lambdas.secret_rotation.settings import SecretRotationSettings
from app.lambdas.secret_rotation.store import SecretStore
from app.lambdas.settings import read_settings

logger = Logger(service="secret-rotation", log_uncaught_exceptions=False)

# What ending a step cleanly may need before Lambda ends the sandbox.
_RESERVE_SECONDS = 2.0

_settings = read_settings(SecretRotationSettings, os.environ)
_rotation = Rotation(
    environment=_settings.environment,
    trust_bundle=_settings.trust_bundle,
    store=SecretStore(),
)


def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Carry out one step; raise, so that Secrets Manager shows the failure and tries again."""
    seconds = max(0.0, context.get_remaining_time_in_millis() / 1e3 - _RESERVE_SECONDS)
    try:
        step = RotationEvent.parse(event)
        facts = {"step": step.step.value, "secret": step.secret_id}
        _rotation.run(step, seconds=seconds)
    except PayshiftError as error:
        logger.error("rotation failed", extra={"reason": str(error)})  # noqa: TRY400 - raised below
        raise
    logger.info("rotation", extra=facts)
