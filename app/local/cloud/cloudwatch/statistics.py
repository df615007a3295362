"""CloudWatch's statistics over a period's values."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence

_MINUTE = 60


def statistic(name: str, values: Sequence[float]) -> float:
    """Return Sum, Average, Minimum, Maximum, SampleCount or a percentile such as p95 or p99.9.

    `values` must not be empty. Raises ValueError for another name.
    """
    match name:
        case "Sum":
            return math.fsum(values)
        case "Average":
            return math.fsum(values) / len(values)
        case "Minimum":
            return min(values)
        case "Maximum":
            return max(values)
        case "SampleCount":
            return float(len(values))
        case _ if name.startswith("p"):
            return percentile(values, float(name[1:]))
        case _:
            raise ValueError(f"the statistic {name} is not supported")


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which `percent` of the values lie, interpolated between neighbours."""
    ordered = sorted(values)
    position = (len(ordered) - 1) * percent / 100
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def first_period(start: float, period: int) -> float:
    """Round a start time down, as CloudWatch does: to the period, or to the minute above that."""
    grain = min(period, _MINUTE)
    return math.floor(start / grain) * grain


def periods(
    times: array[float], values: array[float], *, start: float, period: int
) -> Iterator[tuple[float, array[float]]]:
    """Cut data that is ordered by time into periods from `start`; empty periods are left out."""
    first = 0
    while first < len(times):
        begin = start + math.floor((times[first] - start) / period) * period
        last = first
        while last < len(times) and times[last] < begin + period:
            last += 1
        yield begin, values[first:last]
        first = last
