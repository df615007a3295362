"""One client's keep-alive connections: to the address that the DNS named, and to no other."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult


@dataclass(slots=True)
class Attempts:
    """How often a request was put on a connection, and whether the last one was a used one."""

    count: int = 0
    reused: bool = False


class _Pinned(AbstractResolver):
    """Answers every name with one address; SNI, Host and verification keep the name."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=self._address,
                port=port,
                family=family,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        return None


async def _reused(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
    attempts: Attempts = context.trace_request_ctx
    attempts.count += 1
    attempts.reused = True


async def _created(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
    attempts: Attempts = context.trace_request_ctx
    attempts.count += 1
    attempts.reused = False


def _tracing() -> aiohttp.TraceConfig:
    tracing = aiohttp.TraceConfig()
    tracing.on_connection_reuseconn.append(_reused)
    tracing.on_connection_create_start.append(_created)
    return tracing


class _Line:
    """The session to one address; closes itself after its last request once it is retired."""

    def __init__(self, *, address: str, context: ssl.SSLContext, timeout_seconds: float) -> None:
        self.address = address
        self.in_use = 0
        self.retired = False
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=_Pinned(address), use_dns_cache=False, ssl=context, limit=0
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=timeout_seconds),
            trace_configs=[_tracing()],
        )


class Connections:
    """Requests go over the newest address; connections to an older one end with their request."""

    def __init__(self, *, context: ssl.SSLContext, timeout_seconds: float) -> None:
        self._context = context
        self._timeout_seconds = timeout_seconds
        self._line: _Line | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def to(self, address: str) -> AsyncIterator[aiohttp.ClientSession]:
        """Lend a session whose connections all lead to `address`."""
        line = self._line
        if line is None or line.address != address:
            if line is not None:
                self._retire(line)
            line = self._line = _Line(
                address=address, context=self._context, timeout_seconds=self._timeout_seconds
            )
        line.in_use += 1
        try:
            yield line.session
        finally:
            line.in_use -= 1
            if line.retired and line.in_use == 0:
                self._close(line)

    async def close(self) -> None:
        """Close everything."""
        if self._line is not None:
            await self._line.session.close()
        await asyncio.gather(*self._closing)

    def _retire(self, line: _Line) -> None:
        line.retired = True
        if line.in_use == 0:
            self._close(line)

    def _close(self, line: _Line) -> None:
        task = asyncio.create_task(line.session.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
