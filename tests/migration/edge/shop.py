"""A small payment application over TLS, as it stands at each site, and a client that pays there."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID, uuid4

import psycopg

from app.migration.connection import connect
from app.migration.fence import WRITE_REFUSED
from app.migration.sites import Databases, Site
from tests.migration.support import PAY

NAME = "api.payments.test"
HOLD_SECONDS = 0.3


@contextmanager
def shop(
    *, site: Site, databases: Databases, certificate: Path, key: Path
) -> Iterator[ThreadingHTTPServer]:
    """Serve payments on a free port; `databases` are those that this site's application knows."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site, databases))
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(site: Site, databases: Databases) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            key = UUID(self.headers["Idempotency-Key"])
            amount = 1 + key.int % 10_000
            taken = _take(databases, {"id": key, "amount": amount})
            body = json.dumps({"id": str(key)}).encode() if taken else b"{}"
            self.send_response(201 if taken else 503)
            self.send_header("X-Payshift-Site", site.value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's
            """Say nothing."""

    return Handler


def _take(databases: Databases, payment: dict[str, object]) -> bool:
    """Take it at any database that is known here, and hold on for a moment when refused."""
    end = time.monotonic() + HOLD_SECONDS
    while True:
        for settings in databases.values():
            with connect(settings, application_name="shop") as session:
                try:
                    session.execute(PAY, payment)
                except psycopg.Error as error:
                    assert error.sqlstate == WRITE_REFUSED  # noqa: PT017 - the shop, not a test
                else:
                    return True
        if time.monotonic() > end:
            return False
        time.sleep(0.01)


@dataclass(slots=True)
class StaleClients:
    """Clients that know one address, keep their connections, and try nothing twice."""

    place: tuple[str, int]
    trust: Path
    served: dict[UUID, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def paying(self, *, threads: int = 4) -> Iterator[None]:
        """Pay all the time."""
        with ExitStack() as stack:
            for _ in range(threads):
                thread = threading.Thread(target=self._pay)
                thread.start()
                stack.callback(thread.join)
            stack.callback(self._over.set)
            yield

    def wait_for(self, count: int, *, by: Site) -> None:
        """Wait until a site has served this many payments."""
        end = time.monotonic() + 60
        while sum(site == by.value for site in list(self.served.values())) < count:
            assert time.monotonic() < end, f"{by} served too few; errors: {self.errors[:3]}"
            time.sleep(0.01)

    def wait_for_errors(self) -> None:
        """Wait until somebody was not served."""
        end = time.monotonic() + 60
        while not self.errors:
            assert time.monotonic() < end, "everybody was served"
            time.sleep(0.01)

    def _pay(self) -> None:
        connection = _Pinned(self.place, self.trust)
        while not self._over.is_set():
            key = uuid4()
            try:
                connection.request(
                    "POST", "/v1/payments", body="{}", headers={"Idempotency-Key": str(key)}
                )
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(repr(error))
                connection.close()
                continue
            if response.status == http.HTTPStatus.CREATED:
                self.served[key] = response.headers["X-Payshift-Site"]
            else:
                self.errors.append(f"{response.status}")
            time.sleep(0.01)
        connection.close()


class _Pinned(http.client.HTTPSConnection):
    """Comes to one address, and verifies the certificate for the API's name."""

    def __init__(self, place: tuple[str, int], trust: Path) -> None:
        self._tls = ssl.create_default_context(cafile=str(trust))
        super().__init__(NAME, place[1], context=self._tls, timeout=60)
        self._place = place

    def connect(self) -> None:
        plain = socket.create_connection(self._place, timeout=60)
        self.sock = self._tls.wrap_socket(plain, server_hostname=NAME)
