"""How long work tells how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable

Progress = Callable[[str], None]


def calmly(progress: Progress, *, every_seconds: float = 2.0) -> Progress:
    """Pass on what is new in kind at once, and the same kind of line only now and then.

    Two lines are of one kind when they begin with the same word.
    """
    last: tuple[str, float] = ("", 0.0)

    def passed_on(text: str) -> None:
        nonlocal last
        kind, now = text.split(" ", 1)[0], time.monotonic()
        if kind != last[0] or now - last[1] >= every_seconds:
            last = (kind, now)
            progress(text)

    return passed_on
