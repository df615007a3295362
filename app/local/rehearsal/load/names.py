"""Each client's own memory of the DNS: asks when the TTL has passed, never before, never later."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Callable
from typing import Protocol

from dns.asyncresolver import Resolver

from app.local.rehearsal.records import STALE, Draw


def resolver(*, host: str, port: int) -> Resolver:
    """Return a resolver that asks this one server and caches nothing."""
    made = Resolver(configure=False)
    made.port = port
    made.nameservers = [host]
    made.timeout = 1.0
    made.lifetime = 5.0
    made.cache = None
    return made


class Names(Protocol):
    """What a client asks where to go."""

    async def current(self) -> Draw:
        """Return the answer to use now."""
        ...


class KeptAddress:
    """The name of a client that resolved it long ago and never asks again."""

    def __init__(self, *, address: str, client: int) -> None:
        self._draw = Draw(time.time(), client, STALE, address, math.inf)

    async def current(self) -> Draw:
        """Return the same answer as ever; it is in no recording, for no DNS gave it."""
        return self._draw


class NameCache:
    """One client's answer for one name, kept for the lowest TTL along the CNAME chain."""

    def __init__(
        self,
        *,
        name: str,
        client: int,
        resolver: Resolver,
        dice: random.Random,
        notice: Callable[[Draw], None],
    ) -> None:
        self._name = name if name.endswith(".") else f"{name}."
        self._client = client
        self._resolver = resolver
        self._dice = dice
        self._notice = notice
        self._lock = asyncio.Lock()
        self._draw: Draw | None = None
        self._expires = 0.0

    async def current(self) -> Draw:
        """Return the answer to use now; raises dns.exception.DNSException when there is none."""
        if self._draw is not None and time.monotonic() < self._expires:
            return self._draw
        async with self._lock:
            if self._draw is not None and time.monotonic() < self._expires:
                return self._draw
            return await self._ask()

    async def _ask(self) -> Draw:
        answer = await self._resolver.resolve(self._name, "A")
        ttl = float(answer.chaining_result.minimum_ttl)
        serial = 0 if self._draw is None else self._draw.serial + 1
        # The first answer counts as one cached some time ago: clients do not march in step.
        life = ttl * self._dice.random() if serial == 0 else ttl
        self._expires = time.monotonic() + life
        self._draw = Draw(time.time(), self._client, serial, str(answer[0].address), ttl)
        self._notice(self._draw)
        return self._draw
