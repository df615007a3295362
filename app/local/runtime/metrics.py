"""Carries EMF lines in batches to the cloud's metrics, and keeps them while it is away."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

import aiohttp

_EVERY_SECONDS = 0.5
_KEPT_LINES = 200_000
_LINES_PER_REQUEST = 5_000


class MetricsSender:
    """Loses nothing while the cloud is reachable, and the oldest lines when it is long away."""

    def __init__(self, *, url: str | None) -> None:
        self._url = url
        self._lines: deque[bytes] = deque(maxlen=_KEPT_LINES)
        self._task: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    def add(self, line: bytes) -> None:
        """Queue one line."""
        if self._url is not None:
            self._lines.append(line)

    async def start(self) -> None:
        """Begin sending every half second."""
        if self._url is not None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Send what is left, once, and end."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            await self._send()
        if self._session is not None:
            await self._session.close()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            await self._send()

    async def _send(self) -> None:
        while self._lines:
            batch = [
                self._lines.popleft() for _ in range(min(len(self._lines), _LINES_PER_REQUEST))
            ]
            try:
                await self._post(b"\n".join(batch))
            except (aiohttp.ClientError, TimeoutError):
                self._lines.extendleft(reversed(batch))
                return

    async def _post(self, body: bytes) -> None:
        if self._session is None or self._url is None:
            return
        async with self._session.post(self._url, data=body) as response:
            response.raise_for_status()
