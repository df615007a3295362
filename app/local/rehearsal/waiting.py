"""Waiting for something to become true, for a bounded time."""

from __future__ import annotations

import time
from collections.abc import Callable

_INTERVAL_SECONDS = 0.1


def wait_until(condition: Callable[[], bool], *, seconds: float, otherwise: Exception) -> None:
    """Return when the condition holds; raise `otherwise` when it does not within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise otherwise
        time.sleep(_INTERVAL_SECONDS)
