"""Puts the load together: the schedule, the clients, the recording, the live figures."""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import Callable

from dns.asyncresolver import Resolver

from app.local.rehearsal.load import answers
from app.local.rehearsal.load.answers import Wanted
from app.local.rehearsal.load.client import Client
from app.local.rehearsal.load.config import LoadConfig
from app.local.rehearsal.load.connections import Connections
from app.local.rehearsal.load.figures import Figures, Tally
from app.local.rehearsal.load.journal import Journal
from app.local.rehearsal.load.memory import Memory
from app.local.rehearsal.load.names import KeptAddress, NameCache, Names, resolver
from app.local.rehearsal.load.schedule import due
from app.local.rehearsal.records import STALE, Request


class Generator:
    """Sends what the schedule says when it says so, and waits for nobody."""

    def __init__(
        self, config: LoadConfig, *, journal: Journal, show: Callable[[Figures], None]
    ) -> None:
        self._config = config
        self._journal = journal
        self._show = show
        self._dice = random.Random(config.seed)  # noqa: S311 -- spreads load, guards nothing
        self._memory = Memory(run=config.run, dice=self._dice)
        self._tally = Tally()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._clients: list[Client] = []

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set or the time is over, then finish what is in flight."""
        self._clients = self._make_clients()
        ticker = asyncio.create_task(self._tick())
        try:
            await self._send_all(stop)
            if self._in_flight:
                await asyncio.wait(self._in_flight)
        finally:
            ticker.cancel()
            self._report()
            await asyncio.gather(*(client.close() for client in self._clients))

    async def _send_all(self, stop: asyncio.Event) -> None:
        wall, start = time.time(), time.monotonic()
        for offset, kind in due(self._config.mix):
            if offset >= self._config.seconds:
                return
            await _sleep_until(start + offset, stop)
            if stop.is_set():
                return
            wanted = self._wanted(kind)
            if wanted is not None:
                self._start(wanted, scheduled=wall + offset)

    def _start(self, wanted: Wanted, *, scheduled: float) -> None:
        if len(self._in_flight) >= self._config.in_flight_limit:
            self._finished(_not_sent(wanted, scheduled=scheduled))
            return
        client = self._dice.choice(self._clients)
        task = asyncio.create_task(self._send(client, wanted, scheduled=scheduled))
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)

    async def _send(self, client: Client, wanted: Wanted, *, scheduled: float) -> None:
        self._finished(await client.send(wanted, scheduled=scheduled))

    def _finished(self, request: Request) -> None:
        self._journal.requested(request)
        self._tally.add(request)

    def _wanted(self, kind: str) -> Wanted | None:
        """Return the next request of a kind; None while there is no payment to do it with."""
        if kind == "pay":
            return answers.pay(self._memory.intent())
        if kind == "refund":
            chosen = self._memory.to_refund()
            if chosen is None:
                return None
            return answers.refund(chosen[0], amount_minor=chosen[1], key=self._memory.key())
        paid = self._memory.any()
        if paid is None:
            return None
        return answers.read(paid) if kind == "read" else answers.repeat(paid)

    async def _tick(self) -> None:
        self._tally.take(at=time.time(), in_flight=0)
        while True:
            await asyncio.sleep(1)
            self._report()

    def _report(self) -> None:
        self._journal.flush()
        self._show(self._tally.take(at=time.time(), in_flight=len(self._in_flight)))

    def _make_clients(self) -> list[Client]:
        config = self._config
        context = ssl.create_default_context(cafile=str(config.ca_file))
        dns = resolver(host=config.dns_host, port=config.dns_port)
        made = []
        for number in range(config.clients):
            port, names = config.api_port, self._asking(number, dns)
            if config.stale is not None and number < config.stale_clients:
                port = config.stale.port
                names = KeptAddress(address=config.stale.host, client=number)
            made.append(self._client(number, port=port, names=names, context=context))
        return made

    def _client(self, number: int, *, port: int, names: Names, context: ssl.SSLContext) -> Client:
        timeout = self._config.timeout_seconds
        return Client(
            number=number,
            base_url=f"https://{self._config.api_name}:{port}",
            names=names,
            connections=Connections(context=context, timeout_seconds=timeout),
            journal=self._journal,
            memory=self._memory,
        )

    def _asking(self, number: int, dns: Resolver) -> Names:
        return NameCache(
            name=self._config.api_name,
            client=number,
            resolver=dns,
            dice=self._dice,
            notice=self._journal.drew,
        )


async def _sleep_until(moment: float, stop: asyncio.Event) -> None:
    delay = moment - time.monotonic()
    if delay <= 0:
        await asyncio.sleep(0)
        return
    try:
        async with asyncio.timeout(delay):
            await stop.wait()
    except TimeoutError:
        return


def _not_sent(wanted: Wanted, *, scheduled: float) -> Request:
    late = round(time.time() - scheduled, 6)
    return Request(
        at=scheduled,
        late=late,
        latency=late,
        kind=wanted.kind,
        status=0,
        site="",
        writer="",
        client=-1,
        draw=STALE,
        resent=0,
        error="not sent: too many requests in flight",
        key=wanted.key,
    )
