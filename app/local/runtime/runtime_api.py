"""The Runtime API that `awslambdaric` speaks: one port a worker, so the port says who asks."""

from __future__ import annotations

import asyncio
import socket

from aiohttp import web

from app.local.runtime.invocation import Answer
from app.local.runtime.worker_process import Worker

_PREFIX = "/2018-06-01/runtime/"
_NEXT = _PREFIX + "invocation/next"
_INIT_ERROR = _PREFIX + "init/error"
_LAST_MOMENT_SECONDS = 0.2
_ACCEPTED = b'{"status":"OK"}'


class RuntimeApi:
    """Listens on a fresh loopback port for every worker."""

    def __init__(self) -> None:
        self._workers: dict[int, Worker] = {}
        self._sites: dict[int, web.SockSite] = {}
        server = web.Server(self._handle, access_log=None, keepalive_timeout=86_400)
        self._runner = web.ServerRunner(server, shutdown_timeout=_LAST_MOMENT_SECONDS)

    async def start(self) -> None:
        """Prepare; ports are opened by `open`."""
        await self._runner.setup()

    async def close(self) -> None:
        """Close every port."""
        await self._runner.shutdown()
        await self._runner.cleanup()

    async def open(self) -> int:
        """Open a port for a worker that is about to start, and return it."""
        listener = socket.create_server(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        site = web.SockSite(self._runner, listener)
        await site.start()
        self._sites[port] = site
        return port

    def connect(self, *, port: int, worker: Worker) -> None:
        """Say whose port it is."""
        self._workers[port] = worker

    async def release(self, *, port: int) -> None:
        """Close the port of a worker that has ended."""
        self._workers.pop(port, None)
        site = self._sites.pop(port, None)
        if site is not None:
            await site.stop()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        address = request.transport.get_extra_info("sockname") if request.transport else None
        worker = self._workers.get(address[1]) if address else None
        if worker is None:
            return web.Response(status=410)
        path = request.path
        if path == _NEXT:
            return await self._next(worker)
        body = await request.content.read()
        if path == _INIT_ERROR:
            worker.fail_to_start(body)
            return web.Response(status=202, body=_ACCEPTED, content_type="application/json")
        return self._finish(worker, path, body)

    async def _next(self, worker: Worker) -> web.Response:
        try:
            invocation, deadline = await worker.next_invocation()
        except asyncio.CancelledError:
            return web.Response(status=410)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
            "Content-Type": "application/json",
        }
        if invocation.client_context:
            headers["Lambda-Runtime-Client-Context"] = invocation.client_context
        return web.Response(body=invocation.payload, headers=headers)

    def _finish(self, worker: Worker, path: str, body: bytes) -> web.Response:
        request_id, _, verb = path.removeprefix(_PREFIX + "invocation/").partition("/")
        if verb not in ("response", "error"):
            return web.Response(status=404)
        answer = Answer(payload=body, function_error="Unhandled" if verb == "error" else None)
        if not worker.finish(request_id=request_id, answer=answer):
            return web.Response(status=400)
        return web.Response(status=202, body=_ACCEPTED, content_type="application/json")
