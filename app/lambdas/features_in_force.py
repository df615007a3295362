"""What the feature parameter says of the phase that production is in."""

from __future__ import annotations

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.lambdas.logins import AWS_CALLS

logger = Logger(service="features", log_uncaught_exceptions=False)


class PhaseInForce(BaseModel):
    """The phase's number (None in a parameter that has none) and the share of AWS."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: int | None = Field(default=None, ge=0)
    aws_percent: int = Field(ge=0, le=100)


def read_phase(parameter: str | None) -> PhaseInForce | None:
    """Return the phase in force, None when there is no parameter or it cannot be read."""
    if parameter is None:
        return None
    try:
        answer = boto3.client("ssm", config=AWS_CALLS).get_parameter(Name=parameter)
        return PhaseInForce.model_validate_json(answer["Parameter"]["Value"])
    except (BotoCoreError, ClientError, ValidationError) as error:
        logger.warning("features unreadable", extra={"error": type(error).__name__})
        return None
