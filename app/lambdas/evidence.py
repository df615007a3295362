"""Keeps what a function found or did: a JSON object in the log, and one in the evidence bucket."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from app.config.evidence_prefixes import RECORDS
from app.errors import WorldError
from app.lambdas.logins import AWS_CALLS
from app.migration.evidence.chain import EvidenceChain

logger = Logger(service="evidence", log_uncaught_exceptions=False)


def keep(record: Mapping[str, Any], *, bucket: str | None, run_id: str, name: str) -> str | None:
    """Log the record, chain it, put it at `records/<run_id>/<name>.json`, and return that key.

    Where it stands in the chain is logged as well: the log is out of reach of who writes evidence.

    None when there is no bucket or it cannot be written: what was found stays true, the complete
    record is in the log, and an alarm watches the error that is logged.
    """
    logger.info("evidence", extra={"name_of_record": name, "record": dict(record)})
    if bucket is None:
        return None
    key = _key(run_id, name)
    try:
        linked = _chain(bucket).add(key, record, author=_author())
    except (BotoCoreError, ClientError, WorldError) as error:
        _not_stored(key, error)
        return None
    logger.info("evidence linked", extra={"key": key, "link": str(linked)})
    return key


def keep_first(record: Mapping[str, Any], *, bucket: str | None, run_id: str, name: str) -> bool:
    """Chain the record unless there is one by this name; False when another one was first.

    Where it cannot be written at all, this one counts as the first: nobody can tell then.
    """
    if bucket is None:
        return True
    key = _key(run_id, name)
    try:
        linked = _chain(bucket).add_first(key, record, author=_author())
    except (BotoCoreError, ClientError, WorldError) as error:
        _not_stored(key, error)
        return True
    return linked is not None


def _chain(bucket: str) -> EvidenceChain:
    return EvidenceChain(boto3.client("s3", config=AWS_CALLS), bucket)


def _key(run_id: str, name: str) -> str:
    return f"{RECORDS}{run_id}/{name}.json"


def _not_stored(key: str, error: Exception) -> None:
    logger.error(
        "evidence not stored", extra={"key": key, "error": type(error).__name__}, exc_info=error
    )


def _author() -> str:
    """Name this function and its version, as Lambda tells them."""
    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "a function outside of Lambda")
    return f"{name}:{os.environ.get('AWS_LAMBDA_FUNCTION_VERSION', '')}".rstrip(":")
