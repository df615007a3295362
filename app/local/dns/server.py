"""The DNS server: UDP and TCP on one loopback port."""

from __future__ import annotations

import errno
import logging
import socket
from typing import Any

from dnslib import QTYPE, RCODE, RR, DNSRecord
from dnslib.server import BaseResolver, DNSLogger, DNSServer

from app.local.dns.resolver import Line, Resolver

_log = logging.getLogger(__name__)
_TRIES = 20


class DnsService:
    """Listens from `start` to `stop`."""

    def __init__(self, *, resolver: Resolver, address: str, port: int) -> None:
        self.address = address
        self.port = port
        self._adapter = _Adapter(resolver)
        self._servers: list[DNSServer] = []

    def start(self) -> None:
        """Open both sockets. Raises OSError when the wanted port is taken."""
        for attempt in range(_TRIES):
            port = self.port or _free_port(self.address)
            try:
                self._servers = [self._server(port, tcp=False), self._server(port, tcp=True)]
            except OSError as error:
                if self.port or error.errno != errno.EADDRINUSE or attempt == _TRIES - 1:
                    raise
                continue
            self.port = port
            break
        for server in self._servers:
            server.start_thread()

    def stop(self) -> None:
        """Close both sockets."""
        for server in self._servers:
            server.server.shutdown()
            server.server.server_close()

    def _server(self, port: int, *, tcp: bool) -> DNSServer:
        quiet = DNSLogger(log="-request,-reply,-truncated,-error,-recv,-send,-data", prefix=False)
        return DNSServer(self._adapter, address=self.address, port=port, tcp=tcp, logger=quiet)


class _Adapter(BaseResolver):  # type: ignore[misc]  # dnslib ships no types
    """Carries questions from dnslib to our resolver."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def resolve(self, request: DNSRecord, handler: Any) -> DNSRecord:  # noqa: ANN401, ARG002 - dnslib's signature
        """Answer one packet, whatever is wrong with a record."""
        try:
            return self._reply(request)
        except Exception:  # noqa: BLE001 - a client that gets no answer waits for its time-out
            _log.exception("cannot resolve %s", request.q.qname)
            reply = request.reply()
            reply.header.rcode = RCODE.SERVFAIL
            return reply

    def _reply(self, request: DNSRecord) -> DNSRecord:
        reply = request.reply()
        reply.header.ra = 0
        question = request.q
        kind = str(QTYPE[question.qtype])
        found = self._resolver.resolve(name=str(question.qname), kind=kind)
        if found.zone is None and not found.lines:
            reply.header.aa = 0
            reply.header.rcode = RCODE.REFUSED
            return reply
        if not found.name_exists:
            reply.header.rcode = RCODE.NXDOMAIN
        for line in found.lines:
            reply.add_answer(*RR.fromZone(_zone_text(line)))
        for line in found.authority:
            reply.add_auth(*RR.fromZone(_zone_text(line)))
        return reply


def _zone_text(line: Line) -> str:
    value = line.value
    if line.kind in ("CNAME", "NS") and not value.endswith("."):
        value += "."
    return f"{line.name}. {line.ttl} IN {line.kind} {value}"


def _free_port(address: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port
