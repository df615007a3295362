"""The one place that turns what resolver and logic raise into problem documents."""

from __future__ import annotations

import binascii
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from aws_lambda_powertools.event_handler import ALBResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from aws_lambda_powertools.utilities.data_classes import ALBEvent
from pydantic import JsonValue

from app.lambdas.payment_api import paths, problems
from app.lambdas.payment_api.problems import Problem


def register(app: ALBResolver, *, on_fault: Callable[[Exception], Problem]) -> None:
    """Every error below a route of `app` becomes a problem document.

    `on_fault` gets what nobody expected, to log it, and gives the document for it.
    """
    documents: dict[type[Exception], Callable[[Any], Problem]] = {
        Problem: lambda problem: problem,
        RequestValidationError: lambda error: _from_validation(error.errors()),
        RequestUnsupportedContentType: lambda _: problems.unsupported_media_type(),
        binascii.Error: lambda _: problems.malformed("The body is not UTF-8 text."),
        UnicodeDecodeError: lambda _: problems.malformed("The body is not UTF-8 text."),
        NotFoundError: lambda _: _nothing_here(app.current_event.path),
        Exception: on_fault,
    }
    for error_type, document in documents.items():
        app.exception_handler(error_type)(partial(_answer_for, document))


def _nothing_here(path: str) -> Problem:
    methods = paths.methods_at(path)
    return problems.method_not_allowed(methods) if methods else problems.unknown_path()


def _answer_for(document: Callable[[Any], Problem], error: Exception) -> Response[str]:
    return answer(document(error))


def answer(problem: Problem) -> Response[str]:
    """Return the response that carries a problem document."""
    return Response(
        status_code=problem.status.value,
        content_type=problems.CONTENT_TYPE,
        # The resolver serializes application/json only.
        body=json.dumps(problem.document()),
        headers={**problem.headers, "Cache-Control": "no-store"},
    )


def refusal_before_routing(event: ALBEvent) -> Problem | None:
    """Refuse what the resolver would get wrong: it takes forms for bodies, and fails on some."""
    media_type = header(event, "content-type")
    if event.http_method.upper() != "POST" or not media_type:
        return None
    if media_type.partition(";")[0].strip().lower() == "application/json":
        return None
    return problems.unsupported_media_type()


def header(event: ALBEvent, name: str) -> str:
    """Return a header's first value, empty when it is not there; works in both of ALB's modes."""
    several = event.multi_value_headers.get(name) or [event.headers.get(name, "")]
    return several[0]


def _from_validation(errors: Sequence[dict[str, Any]]) -> Problem:
    # What cannot be read comes first: a path that names nothing, then the header, then the body.
    places = {str(error["loc"][0]) for error in errors}
    if "path" in places:
        return problems.unknown_payment()
    if "header" in places:
        return problems.idempotency_key_needed()
    if any(tuple(error["loc"]) == ("body",) and error["type"] == "missing" for error in errors):
        return problems.malformed("The body is missing. Send a JSON object.")
    return problems.invalid([_member(error) for error in errors])


def _member(error: dict[str, Any]) -> JsonValue:
    pointer = "/".join(str(part) for part in error["loc"][1:])
    return {"pointer": f"#/{pointer}", "detail": str(error["msg"])}
