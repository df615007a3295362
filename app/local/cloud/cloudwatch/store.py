"""Metric data in two columns a series: 16 bytes a datum, ordered by time."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """What makes a metric one of its own: dimensions in another set are another metric."""

    namespace: str
    name: str
    dimensions: Dimensions = ()


@dataclass(slots=True)
class Series:
    """Times in seconds since 1970 and values, both ordered by time."""

    unit: str | None = None
    times: array[float] = field(default_factory=lambda: array("d"))
    values: array[float] = field(default_factory=lambda: array("d"))

    def add(self, *, time: float, value: float) -> None:
        """Add one datum; late ones find their place."""
        if not self.times or time >= self.times[-1]:
            self.times.append(time)
            self.values.append(value)
            return
        index = bisect_left(self.times, time)
        self.times.insert(index, time)
        self.values.insert(index, value)

    def between(self, *, start: float, end: float) -> tuple[array[float], array[float]]:
        """Return the data with start <= time < end."""
        first, last = bisect_left(self.times, start), bisect_left(self.times, end)
        return self.times[first:last], self.values[first:last]


class MetricStore:
    """All series. Safe for several threads."""

    def __init__(self) -> None:
        self._series: dict[SeriesKey, Series] = {}
        self._lock = threading.Lock()

    def add(
        self, *, key: SeriesKey, time: float, values: Iterable[float], unit: str | None
    ) -> None:
        """Add data of one moment."""
        with self._lock:
            series = self._series.setdefault(key, Series())
            series.unit = unit or series.unit
            for value in values:
                series.add(time=time, value=value)

    def read(
        self, *, key: SeriesKey, start: float, end: float
    ) -> tuple[array[float], array[float], str | None]:
        """Return times, values and unit of one series; empty when there is none."""
        with self._lock:
            series = self._series.get(key)
            if series is None:
                return array("d"), array("d"), None
            times, values = series.between(start=start, end=end)
            return times, values, series.unit

    def series(self) -> list[SeriesKey]:
        """Return the keys of all series."""
        with self._lock:
            return list(self._series)

    def count(self) -> int:
        """Return the number of data."""
        with self._lock:
            return sum(len(series.times) for series in self._series.values())


def dimensions_of(entries: Iterable[Mapping[str, str]]) -> Dimensions:
    """Turn AWS's list of names and values into the ordered form of a key."""
    return tuple(sorted((entry["Name"], entry["Value"]) for entry in entries))
