"""A payment API on two loopback addresses and a DNS server that splits traffic between them."""

from __future__ import annotations

import random
import socket
import ssl
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from aiohttp import web
from dnslib import CNAME, QTYPE, RR, A
from dnslib.server import BaseResolver, DNSLogger, DNSServer

NAME = "api.payments.test"
SITE = web.AppKey("site", str)
ADDRESSES = {"legacy": "127.0.0.11", "aws": "127.0.0.12"}


@dataclass
class Split(BaseResolver):  # type: ignore[misc]  # dnslib ships no types
    """Answers with a weighted CNAME (TTL 1 s) and an A record that would live longer."""

    aws_percent: float = 0
    ttl: int = 1
    queries: int = 0
    dice: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 -- dice

    def resolve(self, request: Any, handler: Any) -> Any:  # noqa: ARG002 -- dnslib's signature
        """Answer one question."""
        self.queries += 1
        site = "aws" if self.dice.random() * 100 < self.aws_percent else "legacy"
        reply = request.reply()
        target = f"{site}.payments.test."
        reply.add_answer(RR(NAME, QTYPE.CNAME, ttl=self.ttl, rdata=CNAME(target)))
        reply.add_answer(RR(target, QTYPE.A, ttl=300, rdata=A(ADDRESSES[site])))
        return reply


class FakeApi:
    """Keeps payments in memory, shared by both sites, and says which site answered."""

    def __init__(self) -> None:
        self.payments: dict[str, dict[str, Any]] = {}
        self.by_id: dict[str, dict[str, Any]] = {}
        self.hosts: set[str] = set()
        self.used: set[object] = set()
        self.fail_next = 0
        self.close_next = 0
        self.cut: set[str] = set()

    def application(self, site: str) -> web.Application:
        """Return the server of one site."""
        application = web.Application()
        application[SITE] = site
        application.router.add_post("/v1/payments", self.pay)
        application.router.add_get("/v1/payments/{id}", self.read)
        application.router.add_post("/v1/payments/{id}/refunds", self.refund)
        return application

    async def pay(self, request: web.Request) -> web.Response:
        """Take a payment."""
        self.hosts.add(request.host)
        if self.fail_next:
            self.fail_next -= 1
            return self._answer(request, {"title": "no"}, status=503)
        body = await request.json()
        key = request.headers["Idempotency-Key"]
        reused = request.protocol in self.used and key not in self.cut
        if self.close_next and reused and request.transport is not None:
            self.close_next -= 1
            self.cut.add(key)  # its second try may come by another used connection
            request.transport.close()
            return web.Response()
        self.used.add(request.protocol)
        known = key in self.payments
        payment = self.payments.setdefault(key, {"id": str(uuid.uuid4()), **body})
        self.by_id[payment["id"]] = payment
        return self._answer(request, payment, status=200 if known else 201)

    async def read(self, request: web.Request) -> web.Response:
        """Return a payment."""
        return self._answer(request, self.by_id[request.match_info["id"]], status=200)

    async def refund(self, request: web.Request) -> web.Response:
        """Take a refund."""
        body = await request.json()
        return self._answer(request, {"id": str(uuid.uuid4()), **body}, status=201)

    def _answer(self, request: web.Request, body: dict[str, Any], *, status: int) -> web.Response:
        headers = {"X-Payshift-Site": request.app[SITE], "X-Payshift-Writer": "legacy"}
        return web.json_response(body, status=status, headers=headers)


@dataclass(frozen=True)
class FakeWorld:
    """Everything a load client needs, and the knobs of what it meets."""

    api: FakeApi
    dns: Split
    api_port: int
    dns_port: int
    ca_file: Path


def free_port(kind: socket.SocketKind, host: str) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def fake_dns(*, aws_percent: float) -> Iterator[tuple[Split, int]]:
    split = Split(aws_percent=aws_percent)
    port = free_port(socket.SOCK_DGRAM, "127.0.0.1")
    server = DNSServer(split, address="127.0.0.1", port=port, logger=DNSLogger("-request,-reply"))
    threading.Thread(target=server.server.serve_forever, daemon=True).start()
    try:
        yield split, port
    finally:
        server.server.shutdown()
        server.server.server_close()


def server_context(directory: Path) -> tuple[ssl.SSLContext, Path]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME).configure_cert(context)
    ca_file = directory / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    return context, ca_file
