"""The values of one datum of PutMetricData."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ENDS = 2


def values_of(datum: Mapping[str, Any]) -> list[float]:
    """Return the values that a datum stands for: one, several with counts, or a statistic set.

    A set becomes values with the same count, sum, minimum and maximum.
    """
    if datum.get("StatisticValues"):
        return _of_set(datum["StatisticValues"])
    values = [float(value) for value in datum.get("Values") or [datum.get("Value", 0)]]
    counts = datum.get("Counts") or [1] * len(values)
    return [
        value
        for value, count in zip(values, counts, strict=True)
        for _ in range(round(float(count)))
    ]


def _of_set(statistics: Mapping[str, Any]) -> list[float]:
    count, total = round(float(statistics["SampleCount"])), float(statistics["Sum"])
    low, high = float(statistics["Minimum"]), float(statistics["Maximum"])
    if count <= 1:
        return [total] * count
    between = count - _ENDS
    return [low, *([(total - low - high) / between] * between if between else []), high]
