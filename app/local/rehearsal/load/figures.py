"""Live figures: one JSON line a second for whoever watches the load process."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from app.local.rehearsal.records import Request


class Figures(BaseModel):
    """Totals since the start; latencies and sites of the last second, in milliseconds."""

    model_config = ConfigDict(frozen=True)

    at: float
    sent: int = 0
    failed: int = 0
    resent: int = 0
    acknowledged: int = 0
    in_flight: int = 0
    rate: float = 0
    p50: float = 0
    p95: float = 0
    p99: float = 0
    late_p99: float = 0
    by_site: dict[str, int] = {}
    last_error: str = ""


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of them do not exceed; 0 for none."""
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


class Tally:
    """Counts finished requests and summarises the time since the last summary."""

    def __init__(self) -> None:
        self._window: list[Request] = []
        self._since = 0.0
        self._sent = self._failed = self._resent = self._acknowledged = 0
        self._last_error = ""

    def add(self, request: Request) -> None:
        """One finished request."""
        self._window.append(request)
        self._sent += 1
        self._resent += request.resent
        self._acknowledged += request.kind == "pay" and not request.error
        if request.error:
            self._failed += 1
            self._last_error = f"{request.kind}: {request.error}"

    def take(self, *, at: float, in_flight: int) -> Figures:
        """Return the figures up to now; the window starts anew."""
        window, self._window = self._window, []
        elapsed, self._since = at - self._since, at
        latencies = sorted(request.latency * 1_000 for request in window)
        late = sorted(request.late * 1_000 for request in window)
        return Figures(
            at=at,
            sent=self._sent,
            failed=self._failed,
            resent=self._resent,
            acknowledged=self._acknowledged,
            in_flight=in_flight,
            rate=round(len(window) / elapsed, 1) if elapsed > 0 else 0,
            p50=round(percentile(latencies, 0.50), 2),
            p95=round(percentile(latencies, 0.95), 2),
            p99=round(percentile(latencies, 0.99), 2),
            late_p99=round(percentile(late, 0.99), 2),
            by_site=dict(Counter(request.site for request in window if request.site)),
            last_error=self._last_error,
        )
