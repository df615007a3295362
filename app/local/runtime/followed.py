"""Keeps the host's functions equal to those of the cloud's Lambda API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from app.local.aws_api import AwsApi
from app.local.runtime.function import Function

_EVERY_SECONDS = 1.0
_DOOR = "/_payshift/runtime"


class FollowedFunctions:
    """Reads the configurations every second, or at once when asked; survives a cloud away."""

    def __init__(
        self,
        *,
        api: AwsApi,
        session: aiohttp.ClientSession,
        endpoint: str,
        own_url: str,
        on_change: Callable[[dict[str, Function]], Awaitable[None]],
    ) -> None:
        self._api = api
        self._session = session
        self._door = endpoint.rstrip("/") + _DOOR
        self._own_url = own_url
        self._on_change = on_change
        self._known: dict[str, Function] = {}
        self._lock = asyncio.Lock()

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(_EVERY_SECONDS)

    async def refresh(self) -> None:
        """Register with the cloud, read the configurations and report a change."""
        async with self._lock:
            try:
                await self._register()
                answer = await self._api.get_json(service="lambda", path="/2015-03-31/functions/")
            except (aiohttp.ClientError, TimeoutError, ValueError):
                return
            functions = _functions(answer)
            if functions != self._known:
                self._known = functions
                await self._on_change(functions)

    async def _register(self) -> None:
        async with self._session.put(self._door, json={"url": self._own_url}) as response:
            response.raise_for_status()


def _functions(answer: dict[str, Any]) -> dict[str, Function]:
    found = (Function.from_lambda(entry) for entry in answer["Functions"])
    return {function.name: function for function in found if function is not None}
