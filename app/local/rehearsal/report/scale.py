"""From values to pixels, and the round numbers beside the axes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from math import ceil, floor, log10

_THOUSAND = 1_000


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps `[low, high]` to `[start, end]` pixels; values outside stay at the edge."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """Return the pixel of a value."""
        value = min(max(value, self.low), self.high)
        low, high = self.low, self.high
        if self.logarithmic:
            value, low, high = log10(value), log10(low), log10(high)
        share = (value - low) / (high - low) if high > low else 0.0
        return round(self.start + share * (self.end - self.start), 1)


def round_ticks(high: float, *, count: int) -> list[float]:
    """Return about `count` round values from 0 up to the first that is not below `high`."""
    if high <= 0:
        return [0.0, 1.0]
    rough = high / count
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    return [step * number for number in range(ceil(high / step - 1e-9) + 1)]


def decades(low: float, high: float) -> list[float]:
    """Return the powers of ten that enclose a range of positive values."""
    first, last = floor(log10(low)), ceil(log10(high))
    return [10.0**power for power in range(first, max(last, first + 1) + 1)]


def time_ticks(seconds: float, *, count: int) -> list[float]:
    """Return seconds for the time axis: whole or half minutes, at most about `count`."""
    step = next((one for one in (15, 30, 60, 120, 300, 600) if seconds / one <= count), 1_200)
    return list(takewhile(lambda tick: tick <= seconds, (step * number for number in range(1_000))))


def clock(seconds: float) -> str:
    """Return minutes and seconds, such as 3:05."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def short(value: float) -> str:
    """Return a number for an axis: no more digits than it needs."""
    return f"{value / _THOUSAND:g}k" if value >= _THOUSAND else f"{value:g}"
