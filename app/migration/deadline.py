"""Time that runs out."""

from __future__ import annotations

import time


class Deadline:
    """A moment in the future, by the clock that never jumps."""

    def __init__(self, *, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def remaining(self) -> float:
        """Promise the seconds left, never negative."""
        return max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        """Tell whether no time is left."""
        return self.remaining <= 0

    def within(self, *, seconds: float) -> Deadline:
        """Return a deadline in `seconds`, or this one if it is earlier."""
        return Deadline(seconds=min(seconds, self.remaining))
