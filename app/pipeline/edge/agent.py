"""Tells HAProxy, in its agent protocol, whether a site's database accepts writes.

Whoever connects is sent `up` or `down` and a newline. A database that cannot be asked is down. The
legacy application need not know that anything moves.
"""

from __future__ import annotations

import socketserver
import sys
import threading

import psycopg

from app.errors import DatabaseFailed
from app.migration.connection import DatabaseSettings, connect
from app.migration.cut_off import cut_off
from app.migration.fence import read_writer

ANSWER_SECONDS = 0.8  # less than the edge waits for an answer
CONNECT_SECONDS = 2


class WriterAgent:
    """Answers for one database, over a connection that it keeps."""

    def __init__(self, *, login: DatabaseSettings, host: str, port: int) -> None:
        self._login = login
        self._lock = threading.Lock()
        self._session: psycopg.Connection | None = None
        self._server = _Server((host, port), _handler(self))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def serve(self) -> None:
        """Answer until `close`."""
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._forget()

    def accepts(self) -> bool:
        """Ask the database; False also when it does not answer."""
        with self._lock:
            try:
                return self._ask()
            except (psycopg.Error, DatabaseFailed):
                self._forget()
                return False

    def _ask(self) -> bool:
        if self._session is None or self._session.closed:
            self._session = connect(
                self._login,
                application_name="payshift-edge-agent",
                connect_timeout_seconds=CONNECT_SECONDS,
            )
        with cut_off(self._session, after_seconds=ANSWER_SECONDS):
            return read_writer(self._session).accepting

    def _forget(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of somebody who did not wait for the answer."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # passed on


def _handler(agent: WriterAgent) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(b"up\n" if agent.accepts() else b"down\n")

    return Handler
