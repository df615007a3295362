"""The HTTPS front: keeps connections alive, forwards requests, finishes what is in flight."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from http import HTTPStatus

from aiohttp import web

from app.local.edge.answer import page, response_of
from app.local.edge.event import event_of
from app.local.edge.targets import Route, TargetGroup
from app.local.runtime.host import RuntimeHost, new_trace_id
from app.local.runtime.invocation import NoSuchFunction, Throttled
from app.local.runtime.settings import EdgeSettings

_LARGEST_BODY = 1024 * 1024
_LAST_MOMENT_SECONDS = 0.2


class TooLarge(Exception):
    """The request body exceeds what a Lambda target accepts."""


class Edge:
    """Serves one address. `route` is asked for every request."""

    def __init__(self, *, settings: EdgeSettings, host: RuntimeHost) -> None:
        self.route = Route()
        self.port = settings.port
        self._settings = settings
        self._host = host
        self._statuses: Counter[int] = Counter()
        self._in_flight = 0
        self._draining = False
        self._site: web.BaseSite | None = None
        server = web.Server(self._handle, access_log=None, keepalive_timeout=settings.idle_seconds)
        self._runner = web.ServerRunner(server, shutdown_timeout=_LAST_MOMENT_SECONDS)

    async def start(self) -> None:
        """Listen. Raises OSError when the address is taken."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._settings.certificate, self._settings.key)
        listener = socket.create_server(
            (self._settings.address, self._settings.port), backlog=1024, reuse_port=False
        )
        self.port = listener.getsockname()[1]
        await self._runner.setup()
        self._site = web.SockSite(self._runner, listener, ssl_context=context)
        await self._site.start()

    async def close(self, *, drain_seconds: float) -> None:
        """Stop accepting, finish requests in flight within the time given, close connections."""
        self._draining = True
        if self._site is not None:
            await self._site.stop()
        deadline = asyncio.get_running_loop().time() + drain_seconds
        while self._in_flight and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
        await self._runner.shutdown()
        await self._runner.cleanup()

    def change_route(self, route: Route) -> None:
        """Use another route for requests that arrive from now on; have its functions ready."""
        self.route = route
        self._host.keep_ready(route.functions)

    def describe(self) -> dict[str, object]:
        """Figures and the current route."""
        return {
            "address": self._settings.address,
            "port": self.port,
            "in_flight": self._in_flight,
            "responses": {str(status): count for status, count in sorted(self._statuses.items())},
            "route": [
                {
                    "target_group": group.arn,
                    "weight": group.weight,
                    "function": group.target.function if group.target else None,
                    "qualifier": group.target.qualifier if group.target else None,
                }
                for group in self.route.groups
            ],
        }

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self._in_flight += 1
        try:
            response = await self._answer(request)
        finally:
            self._in_flight -= 1
        self._statuses[response.status] += 1
        if self._draining:
            response.force_close()
        return response

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        group = self.route.pick()
        if group is None or group.target is None:
            return page(HTTPStatus.SERVICE_UNAVAILABLE)
        try:
            body = await _read(request)
        except TooLarge:
            response = page(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            response.force_close()
            return response
        try:
            async with asyncio.timeout(self._settings.idle_seconds):
                return await self._forward(request, body, group)
        except TimeoutError:
            return page(HTTPStatus.GATEWAY_TIMEOUT)
        except (NoSuchFunction, Throttled):
            return page(HTTPStatus.BAD_GATEWAY)

    async def _forward(
        self, request: web.BaseRequest, body: bytes, group: TargetGroup
    ) -> web.Response:
        assert group.target is not None  # noqa: S101 - checked by the caller
        trace_id = request.headers.get("X-Amzn-Trace-Id") or new_trace_id()
        event = event_of(
            request, body=body, target_group_arn=group.arn, port=self.port, trace_id=trace_id
        )
        answer = await self._host.invoke(
            function=group.target.function,
            qualifier=group.target.qualifier,
            payload=event,
            trace_id=trace_id,
        )
        return response_of(answer)


async def _read(request: web.BaseRequest) -> bytes:
    if not request.body_exists:
        return b""
    if (request.content_length or 0) > _LARGEST_BODY:
        raise TooLarge
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise TooLarge
    return bytes(body)
