"""An open-loop schedule: when each request is due, whatever became of those before it."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count

from app.local.rehearsal.load.config import Mix


def due(mix: Mix) -> Iterator[tuple[float, str]]:
    """Seconds since the start and kind of every request, in order, without end.

    Each time is computed from its number, never from the one before, so nothing drifts. The kinds
    are set off against each other by a part of their interval, so that they do not fall together.
    """
    rates = {"pay": mix.payments, "read": mix.reads, "repeat": mix.repeats, "refund": mix.refunds}
    beats = [
        _beat(kind=kind, rate=rate, offset=place / len(rates))
        for place, (kind, rate) in enumerate(rates.items())
        if rate > 0
    ]
    return heapq.merge(*beats)


def _beat(*, kind: str, rate: float, offset: float) -> Iterator[tuple[float, str]]:
    return (((number + offset) / rate, kind) for number in count())
