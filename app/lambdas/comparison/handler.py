"""The Lambda entry point of a comparison's worker: one part, read and put into the bucket."""

from __future__ import annotations

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError
from pydantic import ValidationError

from app.errors import InputError
from app.lambdas.comparison.settings import ComparisonSettings
from app.lambdas.engine_settings import EngineDatabases
from app.lambdas.logins import AWS_CALLS
from app.lambdas.settings import read_settings
from app.migration.verify.parts.part import Part, PartSums
from app.migration.verify.parts.place import sums_body, sums_key
from app.migration.verify.parts.reading import read_part
from app.migration.verify.sites import site_sources

logger = Logger(service="comparison", log_uncaught_exceptions=False)
_TAKEN = "PreconditionFailed"

_settings = read_settings(ComparisonSettings, os.environ)
_databases = EngineDatabases(_settings)


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Read the part that the event is, put its sums into the bucket, and return its number.

    Called again for the same part it reads the same, and what was put first stays. Raises
    InputError for what is no part, and when nobody waits for it any more.
    """
    try:
        part = Part.model_validate(event)
    except ValidationError as error:
        raise InputError(
            f"this is no part of a comparison: {error.error_count()} mistakes",
            remedy="start comparisons with payshift verify --distributed",
        ) from error
    sums = read_part(part, site_sources(_databases.fetch()))
    _put(sums)
    logger.info(
        "part read",
        extra={"comparison": part.comparison, "part": part.number, "table": part.table},
    )
    return {"number": part.number}


def _put(sums: PartSums) -> None:
    client = boto3.client("s3", config=AWS_CALLS)
    try:
        client.put_object(
            Bucket=_settings.evidence_bucket,
            Key=sums_key(sums.comparison, sums.number),
            Body=sums_body(sums),
            ContentType="application/gzip",
            IfNoneMatch="*",
        )
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != _TAKEN:
            raise
