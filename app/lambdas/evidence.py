"""Keeps what a function found or did: a JSON object in the log, and one in the evidence bucket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from app.lambdas.logins import AWS_CALLS

logger = Logger(service="evidence", log_uncaught_exceptions=False)

# The key exists, or another request is writing it at this very moment.
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")


def keep(record: Mapping[str, Any], *, bucket: str | None, run_id: str, name: str) -> str | None:
    """Log the record, put it at `records/<run_id>/<name>.json`, and return that key.

    None when there is no bucket or it cannot be written: what was found stays true, the complete
    record is in the log, and an alarm watches the error that is logged.
    """
    logger.info("evidence", extra={"name_of_record": name, "record": dict(record)})
    if bucket is None:
        return None
    key = _key(run_id, name)
    try:
        _put(record, bucket=bucket, key=key)
    except (BotoCoreError, ClientError) as error:
        logger.exception("evidence not stored", extra={"key": key, "error": type(error).__name__})
        return None
    return key


def keep_first(record: Mapping[str, Any], *, bucket: str | None, run_id: str, name: str) -> bool:
    """Put the record unless there is one by this name; False when another one was first.

    Where it cannot be written at all, this one counts as the first: nobody can tell then.
    """
    if bucket is None:
        return True
    key = _key(run_id, name)
    try:
        _put(record, bucket=bucket, key=key, IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] in _TAKEN:
            return False
        logger.exception("evidence not stored", extra={"key": key, "error": type(error).__name__})
    except BotoCoreError as error:
        logger.exception("evidence not stored", extra={"key": key, "error": type(error).__name__})
    return True


def _key(run_id: str, name: str) -> str:
    return f"records/{run_id}/{name}.json"


def _put(record: Mapping[str, Any], *, bucket: str, key: str, **condition: Any) -> None:  # noqa: ANN401 - boto3's own
    body = json.dumps(record, indent=2, sort_keys=True).encode()
    boto3.client("s3", config=AWS_CALLS).put_object(
        Bucket=bucket, Key=key, Body=body, ContentType="application/json", **condition
    )
