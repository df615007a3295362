"""The API's paths, thin: a request becomes a call of the logic, and its answer becomes HTTP."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, TypeVar
from uuid import UUID

from aws_lambda_powertools.event_handler import ALBResolver, Response
from aws_lambda_powertools.event_handler.content_types import APPLICATION_JSON
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Path

from app.lambdas.payment_api import body, openapi, problems, refusals
from app.lambdas.payment_api.hold import Done, NoWriter
from app.lambdas.payment_api.measurement import Measurement
from app.lambdas.payment_api.models import Health, NewPayment, NewRefund, Payment, Refund
from app.lambdas.payment_api.request_log import log_fault
from app.lambdas.payment_api.service import PaymentService

# Key of the resolver's context under which an invocation finds its Measurement.
MEASURED = "measured"
# A payment's state changes, and no cache between us and the client may keep money's state.
NOT_KEPT = {"Cache-Control": "no-store"}

IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", pattern=r"^[!-~]{1,255}$")]
AnswerT = TypeVar("AnswerT", Payment, Refund)
PaymentId = Annotated[UUID, Path()]


def build_resolver(service: PaymentService) -> ALBResolver:
    """Return the resolver with every path of the API, answering from `service`."""
    app = ALBResolver(enable_validation=True, json_body_deserializer=body.parse)
    refusals.register(app, on_fault=log_fault)

    def measured() -> Measurement:
        found: Measurement = app.context[MEASURED]
        return found

    def note(done: Done[Any]) -> None:
        measured().held_ms = done.held_ms
        measured().writer = done.site

    def nobody_writes(error: NoWriter) -> Response[str]:
        measured().held_ms = error.held_ms
        return refusals.answer(problems.no_database())

    app.exception_handler(NoWriter)(nobody_writes)

    @app.post(
        "/v1/payments",
        status_code=HTTPStatus.CREATED,
        operation_id="takePayment",
        summary="Take a payment",
    )
    def take_payment(
        idempotency_key: IdempotencyKey, payment: Annotated[NewPayment, Body()]
    ) -> Response[Payment]:
        done = service.take_payment(payment, key=idempotency_key)
        note(done)
        taken, replayed = done.value
        return _written(taken, replayed=replayed, location=f"/v1/payments/{taken.id}")

    @app.get("/v1/payments/<payment_id>", operation_id="readPayment", summary="Read a payment")
    def read_payment(payment_id: PaymentId) -> Response[Payment]:
        done = service.read_payment(payment_id)
        measured().held_ms = done.held_ms
        if done.value is None:
            raise problems.unknown_payment()
        return Response(HTTPStatus.OK, APPLICATION_JSON, done.value, dict(NOT_KEPT))

    @app.post(
        "/v1/payments/<payment_id>/refunds",
        status_code=HTTPStatus.CREATED,
        operation_id="refundPayment",
        summary="Refund part or all of a payment",
    )
    def take_refund(
        payment_id: PaymentId,
        idempotency_key: IdempotencyKey,
        refund: Annotated[NewRefund, Body()],
    ) -> Response[Refund]:
        done = service.take_refund(payment_id, refund, key=idempotency_key)
        note(done)
        taken, replayed = done.value
        return _written(taken, replayed=replayed, location=f"/v1/payments/{payment_id}")

    @app.get("/health", operation_id="readHealth", summary="Tell that this copy runs")
    def health() -> Response[Health]:
        return Response(HTTPStatus.OK, APPLICATION_JSON, Health(site=service.site.value))

    described: list[dict[str, Any]] = []

    @app.get("/openapi.json", operation_id="readDescription", summary="Describe this API")
    def describe() -> Response[dict[str, Any]]:
        # Made when it is first asked for: no payment waits for it, nor does a cold start.
        if not described:
            described.append(openapi.document(app))
        return Response(HTTPStatus.OK, APPLICATION_JSON, described[0])

    return app


def _written(answer: AnswerT, *, replayed: bool, location: str) -> Response[AnswerT]:
    headers = {**NOT_KEPT, "Location": location}
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    status = HTTPStatus.OK if replayed else HTTPStatus.CREATED
    return Response(status, APPLICATION_JSON, answer, headers)
