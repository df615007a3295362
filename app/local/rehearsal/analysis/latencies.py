"""Latency percentiles, from the schedule to the last byte of the answer."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from app.local.rehearsal.load.figures import percentile
from app.local.rehearsal.records import Request


class Latency(BaseModel):
    """Milliseconds; `late_p99` is how late the client itself was in sending."""

    model_config = ConfigDict(frozen=True)

    requests: int
    p50: float
    p95: float
    p99: float
    max: float
    late_p99: float


def latency(requests: Iterable[Request]) -> Latency:
    """Return the percentiles of the requests that were answered."""
    answered = [request for request in requests if request.status]
    spent = sorted(request.latency * 1_000 for request in answered)
    late = sorted(request.late * 1_000 for request in answered)
    return Latency(
        requests=len(answered),
        p50=round(percentile(spent, 0.50), 2),
        p95=round(percentile(spent, 0.95), 2),
        p99=round(percentile(spent, 0.99), 2),
        max=round(spent[-1], 2) if spent else 0.0,
        late_p99=round(percentile(late, 0.99), 2),
    )
