"""Turns a request body into an object, or says exactly why not."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, NoReturn

from app.lambdas.payment_api import problems

BODY_LIMIT_BYTES = 8 * 1024


def parse(text: str | bytes | bytearray) -> dict[str, Any]:
    """Return the JSON object in `text`, or raise a Problem.

    Refuses what Python's parser lets through and money must not: numbers that JSON does not know
    (NaN, Infinity), a name given twice, characters that no database can store, and arrays (the
    resolver would take an array's first element for the body).
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else bytes(text)
    if len(data) > BODY_LIMIT_BYTES:
        raise problems.body_too_large(BODY_LIMIT_BYTES)
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_no_constants
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        detail = "The body is not JSON in UTF-8 with each name at most once in an object."
        raise problems.malformed(detail) from error
    if not isinstance(value, dict):
        detail = "The body is JSON, but not an object."
        raise problems.Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail)
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        msg = "a name occurs twice"
        raise ValueError(msg)
    return value


def _no_constants(name: str) -> NoReturn:
    msg = f"{name} is not JSON"
    raise ValueError(msg)
