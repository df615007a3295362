"""One virtual client: resolves, sends, judges the answer, writes down the promise."""

from __future__ import annotations

import json
import time
from typing import NamedTuple

import aiohttp
from dns.exception import DNSException

from app.local.rehearsal.load.answers import Body, Wanted
from app.local.rehearsal.load.connections import Attempts, Connections
from app.local.rehearsal.load.journal import Journal
from app.local.rehearsal.load.memory import Memory, Paid
from app.local.rehearsal.load.names import Names
from app.local.rehearsal.records import STALE, Acknowledgement, Draw, Request

_LOST_CONNECTION = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionResetError)


class _Answer(NamedTuple):
    status: int
    site: str
    writer: str
    body: Body


_NOTHING = _Answer(0, "", "", {})


class Client:
    """Sends one request at a time or several at once; every call ends in exactly one record."""

    def __init__(
        self,
        *,
        number: int,
        base_url: str,
        names: Names,
        connections: Connections,
        journal: Journal,
        memory: Memory,
    ) -> None:
        self._number = number
        self._base_url = base_url
        self._names = names
        self._connections = connections
        self._journal = journal
        self._memory = memory

    async def send(self, wanted: Wanted, *, scheduled: float) -> Request:
        """Send, judge and record; never raises for what the network or the other side does."""
        late = time.time() - scheduled
        attempts = Attempts()
        draw: Draw | None = None
        answer, error = _NOTHING, ""
        try:
            draw = await self._names.current()
            answer = await self._exchange(wanted, draw=draw, attempts=attempts)
            error = wanted.verdict(
                status=answer.status, body=answer.body, resent=attempts.count > 1
            )
        except (aiohttp.ClientError, DNSException, OSError, TimeoutError, ValueError) as failure:
            error = f"{type(failure).__name__}: {failure}"[:200]
        if answer.status in {200, 201} and wanted.method == "POST":
            self._promised(wanted, answer)
        return Request(
            at=round(scheduled, 6),
            late=round(late, 6),
            latency=round(time.time() - scheduled, 6),
            kind=wanted.kind,
            status=answer.status,
            site=answer.site,
            writer=answer.writer,
            client=self._number,
            draw=STALE if draw is None else draw.serial,
            resent=max(0, attempts.count - 1),
            error=error,
            key=wanted.key,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()

    async def _exchange(self, wanted: Wanted, *, draw: Draw, attempts: Attempts) -> _Answer:
        """One request; once more if an idle connection turned out to be closed by the server."""
        async with self._connections.to(draw.address) as session:
            try:
                return await self._once(session, wanted, attempts)
            except _LOST_CONNECTION:
                if not attempts.reused or attempts.count > 1:
                    raise
                return await self._once(session, wanted, attempts)

    async def _once(
        self, session: aiohttp.ClientSession, wanted: Wanted, attempts: Attempts
    ) -> _Answer:
        async with session.request(
            wanted.method,
            self._base_url + wanted.path,
            json=wanted.body,
            headers=wanted.headers,
            allow_redirects=False,
            trace_request_ctx=attempts,
        ) as response:
            content = await response.read()
            headers = response.headers
            body = json.loads(content) if content.startswith(b"{") else {}
            return _Answer(
                response.status,
                headers.get("X-Payshift-Site", ""),
                headers.get("X-Payshift-Writer", ""),
                body,
            )

    def _promised(self, wanted: Wanted, answer: _Answer) -> None:
        """Write down what the answer says, right or wrong: the proof judges it."""
        id_ = str(answer.body.get("id", ""))
        self._journal.acknowledged(
            Acknowledgement(
                kind=wanted.kind,
                key=wanted.key,
                id=id_,
                payment_id=wanted.payment_id or id_,
                amount_minor=int(answer.body.get("amount_minor", 0)),
                currency=str(answer.body.get("currency", wanted.currency)),
                site=answer.site,
                at=round(time.time(), 6),
            )
        )
        if wanted.kind == "pay" and wanted.intent is not None:
            self._memory.remember(Paid(intent=wanted.intent, id=id_))
