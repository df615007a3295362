"""The recording in equal bins of time. Sums over the bins are the figures of the summary."""

from __future__ import annotations

from dataclasses import dataclass

from app.local.rehearsal.analysis.recording import Recording
from app.local.rehearsal.load.figures import percentile
from app.local.rehearsal.records import Request

PERCENTILES = (0.50, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Bin:
    """What was scheduled in one stretch of time. Latencies are in ms, None without an answer."""

    at: float
    legacy: int
    aws: int
    failed: int
    latencies: tuple[float, float, float] | None

    @property
    def aws_percent(self) -> float | None:
        """Share of the answered requests that AWS answered."""
        answered = self.legacy + self.aws
        return 100 * self.aws / answered if answered else None


@dataclass(frozen=True, slots=True)
class Level:
    """A value that holds from `at` on; None while it is unknown."""

    at: float
    value: float | str | None


def bins(recording: Recording, *, start: float, end: float, width: float) -> list[Bin]:
    """Return one bin after the other, from `start` until `end` is covered."""
    count = max(1, int((end - start) / width) + 1)
    filled: list[list[Request]] = [[] for _ in range(count)]
    for request in recording.requests:
        filled[min(count - 1, max(0, int((request.at - start) / width)))].append(request)
    return [_bin(start + number * width, found) for number, found in enumerate(filled)]


def _bin(at: float, found: list[Request]) -> Bin:
    spent = sorted(request.latency * 1_000 for request in found if request.status)
    p50, p95, p99 = (percentile(spent, share) for share in PERCENTILES)
    return Bin(
        at=at,
        legacy=sum(request.site == "legacy" for request in found),
        aws=sum(request.site == "aws" for request in found),
        failed=sum(bool(request.error) for request in found),
        latencies=(p50, p95, p99) if spent else None,
    )


def weights(recording: Recording) -> list[Level]:
    """Return the weight of AWS in percent, at each change."""
    return _changes([Level(sample.at, sample.aws_percent) for sample in recording.cloud])


def writers(recording: Recording) -> list[Level]:
    """Return who writes, at each change."""
    return _changes([Level(sample.at, sample.writer) for sample in recording.database])


def lags(recording: Recording, *, width: float) -> list[Level]:
    """Return the highest replication lag in seconds of each stretch of time."""
    highest: dict[int, float] = {}
    for sample in recording.database:
        if sample.lag_seconds is not None:
            number = int(sample.at / width)
            highest[number] = max(highest.get(number, 0.0), sample.lag_seconds)
    return [Level(number * width, value) for number, value in sorted(highest.items())]


def _changes(levels: list[Level]) -> list[Level]:
    kept: list[Level] = []
    for level in levels:
        if not kept or kept[-1].value != level.value:
            kept.append(level)
    return kept
