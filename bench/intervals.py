"""Stretches of time that may overlap."""

from __future__ import annotations

from collections.abc import Iterable


def covered(stretches: Iterable[tuple[float, float]]) -> float:
    """Return the seconds in which at least one of the stretches (begun, ended) lasted."""
    total, until = 0.0, float("-inf")
    for begun, ended in sorted(stretches):
        total += max(0.0, ended - max(begun, until))
        until = max(until, ended)
    return total
