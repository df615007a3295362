"""Everything the API says no with, as RFC 9457 problem documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.errors import Refused

CONTENT_TYPE = "application/problem+json"
_TYPE_PREFIX = "urn:payshift:problem:"


class InvalidValue(BaseModel):
    """One value of a request that breaks a rule."""

    model_config = ConfigDict(title="InvalidValue")

    pointer: str = Field(description="JSON pointer into the body")
    detail: str


class ProblemDocument(BaseModel):
    """An RFC 9457 problem document, as clients read it; `type` never changes its meaning."""

    type: str = Field(pattern=f"^{_TYPE_PREFIX}[a-z-]+$")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    errors: list[InvalidValue] = Field(default=[], description="What is wrong with a body")
    remaining_minor: int = Field(default=0, ge=0, description="What is left to refund")


class Problem(Refused):
    """The request ends here with this document; raised anywhere below a route.

    `slug` ends the document's `type` and never changes its meaning; `extensions` are further
    members that programs may read.
    """

    def __init__(
        self,
        status: HTTPStatus,
        slug: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **extensions: JsonValue,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.slug = slug
        self.detail = detail
        self.headers = dict(headers or {})
        self.extensions = extensions

    def document(self) -> dict[str, Any]:
        """Return the JSON document: type, title, status, detail, then the extensions."""
        return {
            "type": _TYPE_PREFIX + self.slug,
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            **self.extensions,
        }


def malformed(detail: str) -> Problem:
    """Say that the body cannot be read at all."""
    return Problem(HTTPStatus.BAD_REQUEST, "malformed-body", detail)


def body_too_large(limit_bytes: int) -> Problem:
    """Say that the body is larger than any payment needs."""
    detail = f"The body may have at most {limit_bytes} bytes."
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", detail)


def unsupported_media_type() -> Problem:
    """Say that the body is declared to be something other than JSON."""
    detail = "Send the body as application/json."
    return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail)


def invalid(errors: list[JsonValue]) -> Problem:
    """Say which values of a readable request break a rule."""
    detail = "The request was understood, but these values cannot be accepted."
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail, errors=errors)


def idempotency_key_needed() -> Problem:
    """Say that the Idempotency-Key header is missing or no key."""
    detail = (
        "Send an Idempotency-Key header of 1 to 255 visible ASCII characters, new for each request."
    )
    return Problem(HTTPStatus.BAD_REQUEST, "idempotency-key", detail)


def idempotency_key_reused() -> Problem:
    """Say that the key was used before with another body."""
    detail = "This Idempotency-Key was used with another request. Use a new key for a new request."
    return Problem(HTTPStatus.CONFLICT, "idempotency-key-reused", detail)


def unknown_payment() -> Problem:
    """No payment has this id."""
    return Problem(HTTPStatus.NOT_FOUND, "unknown-payment", "No payment has this id.")


def unknown_path() -> Problem:
    """Nothing answers at this method and path."""
    detail = "Nothing answers at this method and path."
    return Problem(HTTPStatus.NOT_FOUND, "unknown-path", detail)


def method_not_allowed(allowed: Sequence[str]) -> Problem:
    """Something answers at this path, but not to this method."""
    listed = ", ".join(allowed)
    detail = f"This path answers {listed}."
    return Problem(
        HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed", detail, headers={"Allow": listed}
    )


def refund_exceeds_remainder(remaining_minor: int) -> Problem:
    """More was asked back than is left of the payment."""
    detail = "The refund is larger than what is left of the payment."
    return Problem(
        HTTPStatus.CONFLICT, "refund-exceeds-remainder", detail, remaining_minor=remaining_minor
    )


def no_database(retry_after_seconds: int = 1) -> Problem:
    """No database took the request within the time that it may be held."""
    detail = "No database accepts this request now. Repeat it with the same Idempotency-Key."
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "no-database",
        detail,
        headers={"Retry-After": str(retry_after_seconds)},
    )


def internal() -> Problem:
    """Our mistake; the log knows more, the client does not."""
    detail = "The request failed inside the service. Repeat it with the same Idempotency-Key."
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal-error", detail)
