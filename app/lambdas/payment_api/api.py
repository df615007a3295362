"""One invocation from load balancer event to answer: resolve, stamp headers, measure, log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Self

from aws_lambda_powertools.event_handler.api_gateway import ResponseBuilder
from aws_lambda_powertools.utilities.data_classes import ALBEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

from app.lambdas.payment_api import refusals
from app.lambdas.payment_api.measurement import Measurement, RequestMetrics, colour_of
from app.lambdas.payment_api.request_log import logger
from app.lambdas.payment_api.routes import MEASURED, build_resolver
from app.lambdas.payment_api.service import PaymentService
from app.lambdas.payment_api.settings import PaymentApiSettings
from app.lambdas.payment_api.shadow_metrics import ShadowMetrics
from app.lambdas.settings import read_settings
from app.migration.sites import Site

# Health checks are the load balancer's, and the description is no payment: both would water every
# figure down.
_UNMEASURED_PATHS = frozenset({"/health", "/openapi.json"})
# Any other path may carry anything, also what must not stand in a log.
_OUR_PATHS = re.compile(r"/v1/payments(/[0-9a-fA-F-]{36}(/refunds)?)?")


class PaymentApi:
    """The payment API of one sandbox; calling it handles one event."""

    def __init__(self, service: PaymentService, *, environment: str) -> None:
        self.service = service
        self._resolver = build_resolver(service)
        self._metrics = RequestMetrics(environment=environment, site=service.site.value)
        self._shadow_metrics = ShadowMetrics(environment=environment, site=service.site.value)

    @classmethod
    def start(cls, environ: Mapping[str, str]) -> Self:
        """Return the API for this environment, warmed up; InputError when it is not usable."""
        settings = read_settings(PaymentApiSettings, environ)
        service = PaymentService.from_settings(settings)
        service.warm_up()
        return cls(service, environment=settings.environment)

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer one request of the load balancer; never raises for a request's sake."""
        measured = Measurement(writer=self.service.writer.site)
        self.service.writer.keep_warm()
        request = ALBEvent(event)
        refusal = refusals.refusal_before_routing(request)
        if refusal is not None:
            response = ResponseBuilder[ALBEvent](refusals.answer(refusal)).build(request)
        else:
            self._resolver.context[MEASURED] = measured
            response = self._resolver.resolve(event, context)
        self._stamp(response, writer=measured.writer)
        self._record(
            request,
            measured,
            status=response["statusCode"],
            colour=colour_of(context.invoked_function_arn),
        )
        return response

    def _stamp(self, response: dict[str, Any], *, writer: Site | None) -> None:
        headers = {"X-Payshift-Site": self.service.site.value}
        if writer is not None:
            headers["X-Payshift-Writer"] = writer.value
        if "multiValueHeaders" in response:
            response["multiValueHeaders"] |= {name: [value] for name, value in headers.items()}
        else:
            response["headers"] |= headers

    def _record(
        self, request: ALBEvent, measured: Measurement, *, status: int, colour: str | None
    ) -> None:
        if request.path in _UNMEASURED_PATHS:
            return
        self._metrics.publish(measured, status=status, colour=colour)
        self._shadow_metrics.publish(self.service.shadow.take_tally())
        logger().info(
            "request",
            extra={
                "method": request.http_method,
                "path": request.path if _OUR_PATHS.fullmatch(request.path) else "other",
                "status": status,
                "colour": colour,
                "latency_ms": round(measured.latency_ms(), 2),
                "held_ms": None if measured.held_ms is None else round(measured.held_ms, 2),
                "trace": refusals.header(request, "x-amzn-trace-id"),
            },
        )
