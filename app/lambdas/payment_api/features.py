"""The features of the phase that production is in, as the API sees them: fresh within seconds."""

from __future__ import annotations

import time
from typing import Literal

from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.lambdas.logins import AWS_CALLS
from app.lambdas.payment_api.request_log import logger

_MAX_AGE_SECONDS = 5


class Features(BaseModel):
    """What the payment API needs of a phase's features; other members are for others."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reads: Literal["writer", "replica"] = "writer"
    shadow_reads_percent: int = Field(default=0, ge=0, le=100)


class _Phase(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    features: Features


class FeatureSource:
    """The current features; without a parameter (the legacy system) always the defaults."""

    def __init__(self, parameter: str | None, *, provider: SSMProvider | None = None) -> None:
        self._parameter = parameter
        self._provider = provider
        self._known = Features()
        self._ask_again_at = float("-inf")

    def now(self) -> Features:
        """Return the features, at most five seconds old; the last known ones when nobody tells.

        A parameter that cannot be read must not cost a payment: it is logged, and asked again
        after five seconds.
        """
        if self._parameter is None or time.monotonic() < self._ask_again_at:
            return self._known
        self._provider = self._provider or SSMProvider(boto_config=AWS_CALLS)
        try:
            text = self._provider.get(self._parameter, max_age=_MAX_AGE_SECONDS)
            self._known = _Phase.model_validate_json(str(text)).features
        except (GetParameterError, ValidationError) as error:
            logger().warning("features unreadable", extra={"error": type(error).__name__})
            self._ask_again_at = time.monotonic() + _MAX_AGE_SECONDS
        return self._known
