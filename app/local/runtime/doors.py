"""The host's HTTP doors: invoke a function, and look at the figures."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Protocol

from aiohttp import web

from app.local.runtime.host import RuntimeHost
from app.local.runtime.invocation import Answer, NoSuchFunction, Throttled

_LARGEST_PAYLOAD = 6 * 1024 * 1024
_log = logging.getLogger(__name__)


class Describes(Protocol):
    """Something that tells its figures."""

    def describe(self) -> dict[str, object]:
        """Return the figures."""
        ...


class Doors:
    """`POST /functions/<name>/invocations[?qualifier=…]` and `GET /status`."""

    def __init__(self, *, host: RuntimeHost, edge: Describes | None = None) -> None:
        self._host = host
        self._edge = edge
        self._background: set[asyncio.Task[None]] = set()

    def application(self) -> web.Application:
        """Return the aiohttp application."""
        application = web.Application(client_max_size=_LARGEST_PAYLOAD)
        application.router.add_post("/functions/{name}/invocations", self._invoke)
        application.router.add_get("/status", self._status)
        return application

    async def _status(self, _: web.Request) -> web.Response:
        edge = self._edge.describe() if self._edge is not None else None
        return web.json_response({"functions": self._host.describe(), "edge": edge})

    async def _invoke(self, request: web.Request) -> web.Response:
        payload = await request.read() or b"{}"
        if request.headers.get("X-Amz-Invocation-Type") == "Event":
            task = asyncio.create_task(self._invoke_in_background(request, payload))
            self._background.add(task)
            task.add_done_callback(self._background.discard)
            return web.Response(status=202)
        try:
            answer = await self._run(request, payload)
        except NoSuchFunction as error:
            return _refusal(404, "ResourceNotFoundException", f"Function not found: {error}")
        except Throttled:
            return _refusal(429, "TooManyRequestsException", "Rate Exceeded.")
        headers = {"X-Amz-Executed-Version": "$LATEST"}
        if answer.function_error:
            headers["X-Amz-Function-Error"] = answer.function_error
        return web.Response(body=answer.payload, headers=headers, content_type="application/json")

    async def _invoke_in_background(self, request: web.Request, payload: bytes) -> None:
        try:
            answer = await self._run(request, payload)
        except (NoSuchFunction, Throttled) as error:
            _log.warning("asynchronous invocation dropped: %r", error)
            return
        if answer.function_error:
            _log.warning("asynchronous invocation failed: %s", answer.payload.decode())

    async def _run(self, request: web.Request, payload: bytes) -> Answer:
        return await self._host.invoke(
            function=request.match_info["name"],
            payload=payload,
            qualifier=request.query.get("qualifier"),
            client_context=request.headers.get("X-Amz-Client-Context"),
        )


def _refusal(status: int, kind: str, message: str) -> web.Response:
    body = json.dumps({"Type": "User", "Message": message})
    headers = {"X-Amzn-ErrorType": kind}
    return web.Response(status=status, text=body, headers=headers, content_type="application/json")
