"""A database that stops answering without closing its connection must not hold the engine up.

TCP notices a host that is gone. It does not notice a server that is frozen, or something between
that keeps connections open: whoever waits for an answer from there waits for ever.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg


@contextmanager
def cut_off(*sessions: psycopg.Connection, after_seconds: float) -> Iterator[None]:
    """End the connections of the sessions if the block takes longer than `after_seconds`.

    What waits for an answer then fails with psycopg.OperationalError, as if the server had gone.
    """
    # Copies: a session's own descriptor may be closed, and its number given away, at any time.
    copies = [socket.socket(fileno=os.dup(one.fileno())) for one in sessions if not one.closed]
    timer = threading.Timer(after_seconds, _shut, (copies,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        for copy in copies:
            copy.close()


def _shut(copies: list[socket.socket]) -> None:
    for copy in copies:
        with suppress(OSError):
            copy.shutdown(socket.SHUT_RDWR)
