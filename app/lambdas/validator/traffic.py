"""Which sites have traffic, so that a check does not wait for figures of a site without any."""

from __future__ import annotations

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.lambdas.logins import AWS_CALLS
from app.migration.sites import Site

logger = Logger(service="validator", log_uncaught_exceptions=False)

_ALL = 100


class _Weights(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    aws_percent: int = Field(ge=0, le=_ALL)


def sites_with_traffic(parameter: str | None) -> tuple[Site, ...]:
    """Return the sites that the phase in force sends traffic to; both when that is not known."""
    if parameter is None:
        return tuple(Site)
    try:
        answer = boto3.client("ssm", config=AWS_CALLS).get_parameter(Name=parameter)
        percent = _Weights.model_validate_json(answer["Parameter"]["Value"]).aws_percent
    except (BotoCoreError, ClientError, ValidationError) as error:
        logger.warning("features unreadable", extra={"error": type(error).__name__})
        return tuple(Site)
    busy = {Site.LEGACY: percent < _ALL, Site.AWS: percent > 0}
    return tuple(site for site, has_traffic in busy.items() if has_traffic)
