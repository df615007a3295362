"""Ctrl-C in the middle of a handover: it stops where both databases know who writes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from app.pipeline.report import Progress

_AFTER = {"unfenced", "published", "turned"}


class Interruption:
    """Ends a handover once, and only before the new writer writes.

    Interrupted before, the engine lets the old writer go on, and must not be interrupted in that.
    Afterwards what is left takes moments, so it is finished.
    """

    def __init__(self, *, progress: Progress) -> None:
        self._progress = progress
        self._done = False

    def observe(self, step: str) -> None:
        """Take a step of the handover, as its observer."""
        self._done = self._done or step in _AFTER
        self._progress(step)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM meanwhile. For the main thread."""
        before = {
            number: signal.signal(number, self._take) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _take(self, _signal: int, _frame: FrameType | None) -> None:
        if self._done:
            self._progress("too late to stop: what is left takes moments")
            return
        self._done = True
        raise KeyboardInterrupt
