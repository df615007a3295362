"""A small GitHub on this machine, over HTTP: it keeps what jobs do, and refuses foreign tokens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from tests.github.answers import answer
from tests.github.state import TOKEN, GitHub, Json


@contextmanager
def serving() -> Iterator[GitHub]:
    """Run it on a free port until the block ends."""
    hub = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            with hub.lock:
                status, content = _respond(
                    hub, self.command, self.path, body, self.headers.get("Authorization", "")
                )
                next_page = None
                if isinstance(content, list):
                    content, next_page = _page(hub, self.path, content)
                payload = json.dumps(content).encode()
            self.send_response(status)
            if next_page:
                self.send_header("Link", f'<{next_page}>; rel="next"')
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815  # names of http.server

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _respond(
    hub: GitHub, method: str, target: str, body: Json, authorization: str
) -> tuple[int, Any]:
    split = urlsplit(target)
    path = unquote(split.path)
    hub.asked.append(f"{method} {path}")
    if hub.failures:
        return hub.failures.pop(0), {"message": "unavailable"}
    if not authorization.endswith(f" {TOKEN}"):
        return 401, {"message": "Bad credentials"}
    return answer(hub, method, path, body, parse_qs(split.query))


def _page(hub: GitHub, target: str, whole: list[Any]) -> tuple[list[Any], str | None]:
    """Cut a list as GitHub does: 30 a page unless asked otherwise, and a link to the next."""
    split = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(split.query).items()}
    page, size = int(query.get("page", "1")), int(query.get("per_page", "30"))
    part = whole[(page - 1) * size : page * size]
    if page * size >= len(whole):
        return part, None
    return part, f"{hub.url}{split.path}?{urlencode({**query, 'page': page + 1})}"
