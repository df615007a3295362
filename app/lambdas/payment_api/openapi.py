"""The API's description: OpenAPI 3.1, made from the routes, the models and the problems."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import ALBResolver

from app.lambdas.payment_api import problems
from app.lambdas.payment_api.problems import Problem, ProblemDocument

TITLE = "Payments"
VERSION = "1.0.0"
DESCRIPTION = (
    "Takes, reads and refunds payments. Amounts are integers in the currency's minor unit. "
    "A request that writes carries an Idempotency-Key: repeated with the same key and body, "
    "it has one effect and one answer, whichever site answers it."
)
_REF = "#/components/schemas/"
# The library's own errors.
_NEVER_GIVEN = ("HTTPValidationError", "ResponseValidationError", "ValidationError")
_LATER = {"read it": "readPayment", "refund it": "refundPayment"}
Json = dict[str, Any]


class Operation(NamedTuple):
    """What a route cannot say of itself: its answers beside the good one, and what may follow."""

    problems: tuple[Problem, ...] = ()
    replays: bool = False
    kept: bool = False
    leads_to: Mapping[str, str] = {}


_BODY_PROBLEMS = (
    problems.malformed(""),
    problems.body_too_large(0),
    problems.unsupported_media_type(),
    problems.invalid([]),
)
_KEY_PROBLEMS = (problems.idempotency_key_needed(), problems.idempotency_key_reused())
_ANYWHERE = (problems.internal(),)
_DATABASE = (problems.no_database(),)
_UNKNOWN = (problems.unknown_payment(), problems.unknown_path())

OPERATIONS: Mapping[str, Operation] = {
    "takePayment": Operation(
        problems=_BODY_PROBLEMS + _KEY_PROBLEMS + _DATABASE + _ANYWHERE,
        replays=True,
        leads_to=_LATER,
    ),
    "readPayment": Operation(problems=_UNKNOWN + _DATABASE + _ANYWHERE),
    "refundPayment": Operation(
        problems=(
            _BODY_PROBLEMS
            + _KEY_PROBLEMS
            + _UNKNOWN
            + (problems.refund_exceeds_remainder(0),)
            + _DATABASE
            + _ANYWHERE
        ),
        replays=True,
    ),
    "readHealth": Operation(problems=_ANYWHERE, kept=True),
    "readDescription": Operation(problems=_ANYWHERE, kept=True),
}


def document(app: ALBResolver) -> Json:
    """Return the OpenAPI document of the routes of `app`.

    KeyError for a route whose operation is not in OPERATIONS: every answer is documented.
    """
    text = app.get_openapi_json_schema(title=TITLE, version=VERSION, description=DESCRIPTION)
    found: Json = _whole_numbers(json.loads(text))
    schemas = found["components"]["schemas"]
    for name in _NEVER_GIVEN:
        schemas.pop(name, None)
    problem = ProblemDocument.model_json_schema(ref_template=_REF + "{model}")
    schemas |= problem.pop("$defs") | {"Problem": problem}
    for item in found["paths"].values():
        for operation in item.values():
            _complete(operation, OPERATIONS[operation["operationId"]])
    return found


def as_text(found: Json) -> str:
    """Return the document as it is published and kept: the same bytes for the same document."""
    return json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _complete(operation: Json, more: Operation) -> None:
    answers = operation["responses"]
    answers.pop("422", None)
    (good,) = answers.values()
    good["headers"] = _headers(written=more.replays, kept=more.kept)
    if more.leads_to:
        good["links"] = {
            name: {"operationId": target, "parameters": {"payment_id": "$response.body#/id"}}
            for name, target in more.leads_to.items()
        }
    if more.replays:
        replayed = {"Idempotent-Replayed": _header("The first request's answer, again", "true")}
        good["description"] = "Written"
        answers["200"] = {
            **good,
            "description": "Written before, by the same request with the same key",
            "headers": good["headers"] | replayed,
        }
    else:
        good["description"] = "Found"
    for answer in _refusals(more.problems):
        answers |= answer
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "idempotency-key":
            parameter["name"] = "Idempotency-Key"


def _refusals(known: Iterable[Problem]) -> Iterable[Json]:
    by_status: dict[HTTPStatus, list[Problem]] = {}
    for problem in known:
        by_status.setdefault(problem.status, []).append(problem)
    for status, several in by_status.items():
        types = [problem.document()["type"] for problem in several]
        exactly = {"properties": {"type": {"enum": types}, "status": {"const": status.value}}}
        schema = {"allOf": [{"$ref": _REF + "Problem"}, exactly]}
        headers = _headers(written=False, kept=False)
        if any("Retry-After" in problem.headers for problem in several):
            headers["Retry-After"] = _header("Seconds to wait", r"^\d+$")
        yield {
            str(status.value): {
                "description": " or ".join(problem.slug for problem in several),
                "content": {problems.CONTENT_TYPE: {"schema": schema}},
                "headers": headers,
            }
        }


def _headers(*, written: bool, kept: bool) -> Json:
    headers = {"X-Payshift-Site": _header("The site that answered", "^(legacy|aws)$")}
    if not kept:
        headers["Cache-Control"] = _header("Money's state is never cached", "^no-store$")
    if written:
        headers["X-Payshift-Writer"] = _header("The site that wrote", "^(legacy|aws)$")
        headers["Location"] = _header("Where the payment is read", "^/v1/payments/")
    return headers


def _header(description: str, pattern: str) -> Json:
    schema = {"type": "string", "pattern": pattern}
    return {"description": description, "required": True, "schema": schema}


def _whole_numbers(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Write 99999999999 for the library's 99999999999.0: money is never a float, here neither."""
    if isinstance(value, dict):
        return {name: _whole_numbers(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
