"""Lines about how far a comparison is and how long it will take, one every few seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from app.migration.verify.session import Side

EVERY_SECONDS = 5.0
PAGE_BYTES = 8192


class Progress:
    """An observer that says lines such as `payments.payment: 43 %, 210 MB/s, 2 min left`."""

    def __init__(self, say: Callable[[str], None], *, every_seconds: float = EVERY_SECONDS) -> None:
        self._say = say
        self._every = every_seconds
        self._total = self._done = 0
        self._begun = self._said = time.monotonic()
        self._lock = threading.Lock()

    def begin(self, pages: Mapping[Side, int]) -> None:
        """Take the pages of all tables of both sides."""
        self._total = sum(pages.values())
        self._begun = self._said = time.monotonic()

    def before(self, side: Side) -> None:
        """Hold nothing back."""

    def read(self, table: str, side: Side, pages: int) -> None:  # noqa: ARG002 - the observer's shape
        """Count the pages, and say a line when it is time."""
        with self._lock:
            self._done += pages
            now = time.monotonic()
            if now - self._said < self._every:
                return
            self._said = now
            self._say(f"{table}: {self._standing(now - self._begun)}")

    def _standing(self, seconds: float) -> str:
        share = min(1.0, self._done / max(1, self._total))
        rate = self._done * PAGE_BYTES / 1e6 / max(seconds, 1e-9)
        # Who has read nothing yet cannot tell how long the rest takes.
        left = f", {_duration(seconds * (1 - share) / share)} left" if share else ""
        return f"{share:.0%}, {rate:,.0f} MB/s{left}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{rest} s"
