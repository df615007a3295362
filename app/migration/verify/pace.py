"""How much a comparison takes of the servers: a rate, and a limit on the replication's lag."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from app.migration.verify.progress import PAGE_BYTES

if TYPE_CHECKING:
    from app.migration.verify.session import Side
    from app.migration.verify.watching import Observer

Lag = Callable[[], bool]
"""Tells whether replication is further behind than it may be."""

LOOK_EVERY_SECONDS = 1.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0


class Pace:
    """An observer before another one that holds readers back.

    `most_bytes` a second are read on each side; while `lags` says so, nothing is read, and the
    pauses between two looks grow.
    """

    def __init__(self, inner: Observer, *, most_bytes: float | None, lags: Lag | None) -> None:
        self._inner = inner
        self._most = most_bytes
        self._lags = lags
        self._due: dict[Side, float] = {}
        self._looked = float("-inf")
        self._lock = threading.Lock()

    def begin(self, pages: Mapping[Side, int]) -> None:
        """Start to measure."""
        self._due = dict.fromkeys(pages, time.monotonic())
        self._inner.begin(pages)

    def before(self, side: Side) -> None:
        """Wait for the rate, then for the replication."""
        self._inner.before(side)
        time.sleep(max(0.0, self._due[side] - time.monotonic()))
        if self._lags is None:
            return
        with self._lock:
            pause = FIRST_PAUSE_SECONDS
            while time.monotonic() - self._looked >= LOOK_EVERY_SECONDS:
                behind = self._lags()
                if not behind:
                    self._looked = time.monotonic()
                    return
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def read(self, table: str, side: Side, pages: int) -> None:
        """Put off the next chunk of the side for as long as this one should have taken."""
        if self._most is not None:
            with self._lock:
                # What was read slower than allowed is not caught up with.
                start = max(self._due[side], time.monotonic() - pages * PAGE_BYTES / self._most)
                self._due[side] = start + pages * PAGE_BYTES / self._most
        self._inner.read(table, side, pages)
