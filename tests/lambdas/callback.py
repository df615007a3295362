"""CloudFormation's response address: a real HTTP server that keeps what is put there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

STACK_ID = "arn:aws:cloudformation:us-east-2:123456789012:stack/payshift-local-phase-10-after/51af"


class Callback:
    """Takes answers; `failures` are status codes that it gives before it takes one."""

    def __init__(self, port: int, *, failures: list[int]) -> None:
        self.port = port
        # As CloudFormation's own: an escaped path and a signed query.
        self.url = f"http://127.0.0.1:{port}/arn%3Aaws%3Acfn%7CAfter?X-Amz-Signature=a%2Fb%3D"
        self.failures = failures
        self.requests: list[dict[str, Any]] = []

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The documents that were taken."""
        return [request["document"] for request in self.requests if request["status"] == 200]

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        """Handle one PUT."""
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        status = self.failures.pop(0) if self.failures else 200
        self.requests.append(
            {
                "path": handler.path,
                "content_type": handler.headers["Content-Type"],
                "length": len(body),
                "document": json.loads(body),
                "status": status,
            }
        )
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


@contextmanager
def listening(*failures: int) -> Iterator[Callback]:
    """Serve on a free port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            callback.take(self)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    callback = Callback(server.server_port, failures=list(failures))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield callback
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def cloudformation_event(
    callback: Callback,
    request_type: str,
    properties: Mapping[str, str],
    *,
    old: Mapping[str, str] | None = None,
    physical_id: str | None = None,
) -> dict[str, Any]:
    """Build an event as CloudFormation sends it: every property is a string."""
    event: dict[str, Any] = {
        "RequestType": request_type,
        "ServiceToken": "arn:aws:lambda:us-east-2:123456789012:function:payshift-local-validator",
        "ResponseURL": callback.url,
        "StackId": STACK_ID,
        "RequestId": "8a1f",
        "LogicalResourceId": "After",
        "ResourceType": "Custom::MigrationValidation",
        "ResourceProperties": {"ServiceToken": "x", **properties},
    }
    if old is not None:
        event["OldResourceProperties"] = {"ServiceToken": "x", **old}
    if physical_id is not None:
        event["PhysicalResourceId"] = physical_id
    return event
