"""A way to AWS that breaks: some requests are answered with an error, the others passed on."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_DROPPED = {"connection", "transfer-encoding", "content-length"}
_ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code>'
    "<Message>Please reduce your request rate.</Message></Error>"
)
THROTTLED, BROKEN = (503, "SlowDown"), (500, "InternalError")


@dataclass
class Way:
    """Where it listens, and what it breaks: `breaks` says by method and path, or None."""

    url: str = ""
    breaks: Callable[[str, str], tuple[int, str] | None] = lambda _method, _path: None
    broken: list[str] = field(default_factory=list)


@contextmanager
def way_to(endpoint: str) -> Iterator[Way]:
    """Open a way to an endpoint until the block ends."""
    way, target = Way(), urlsplit(endpoint)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            error = way.breaks(self.command, self.path)
            if error is not None:
                way.broken.append(f"{self.command} {self.path}")
                said = _ERROR.format(code=error[1])
                if self.command == "POST":  # S3 answers with the bare error, STS with one inside
                    said = f"<ErrorResponse>{said.partition('?>')[2]}</ErrorResponse>"
                self._say(error[0], said.encode(), {})
                return
            there = http.client.HTTPConnection(target.hostname or "", target.port, timeout=60)
            there.request(self.command, self.path, body=body, headers=dict(self.headers))
            answer = there.getresponse()
            content = answer.read()
            headers = {k: v for k, v in answer.getheaders() if k.lower() not in _DROPPED}
            if self.command == "HEAD":
                headers["Content-Length"] = answer.getheader("Content-Length") or "0"
            self._say(answer.status, content, headers)
            there.close()

        def _say(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass  # noqa: N815  # http.server's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    way.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield way
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
