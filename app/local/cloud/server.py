"""The HTTP server of the cloud process: moto's application behind our doors."""

from __future__ import annotations

import threading

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from app.local.cloud.doors import Doors, with_doors


class QuietHandler(MotoRequestHandler):
    """Serves without a line of log for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


class CloudServer:
    """Listens as soon as it is made. Raises OSError when the port is taken."""

    def __init__(self, *, address: str, port: int, doors: Doors) -> None:
        application = with_doors(DomainDispatcherApplication(create_backend_app), doors)
        self._server = make_server(
            address, port, application, threaded=True, request_handler=QuietHandler
        )
        self.url = f"http://{address}:{self._server.server_port}"

    def start(self) -> None:
        """Serve in a thread."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
