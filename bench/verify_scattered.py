"""Differences scattered over a table: what finding all of them takes, against finding none."""

from __future__ import annotations

from functools import partial
from statistics import median

from bench.figures import Figure
from bench.verify_tables import (
    KEYS,
    ROWS,
    RUNS,
    Sources,
    comparison,
    fill,
    scatter,
    seconds,
    servers,
    table_of,
)

# A few, one row in 500, and so many that with a million rows hardly a bucket is without one.
SCATTERED = tuple(sorted({100, ROWS // 500, 10_000}))
_CLEAN = 0


def measure() -> tuple[Figure, ...]:
    """Compare `VERIFY_ROWS` (1,000,000) rows a side with few and with many differences.

    Each run compares the clean table and the others one after the other, so that whatever else
    the machine does strikes all of them.
    """
    with servers() as sources:
        return tuple(figure for key in KEYS for figure in _measure_key(sources, key))


def _measure_key(sources: Sources, key: str) -> list[Figure]:
    tables = {rows: f"_{rows}" for rows in (_CLEAN, *SCATTERED)}
    for rows, suffix in tables.items():
        fill(sources, key, suffix=suffix)
        if rows:
            scatter(sources, key, rows=rows, suffix=suffix)
    samples: dict[int, list[float]] = {rows: [] for rows in tables}
    for run in range(RUNS + 1):
        for rows, suffix in tables.items():
            taken = seconds(partial(_compared, sources, table_of(key, suffix=suffix), rows))
            if run:  # the first one fills the caches
                samples[rows].append(taken)
    clean = median(samples[_CLEAN])
    return [
        Figure(
            name=f"verify_{key}_{rows or 'no'}_differences",
            unit="s",
            samples=tuple(found),
            ratio=median(found) / clean if rows else None,
            against="none, in the same runs" if rows else None,
        )
        for rows, found in samples.items()
    ]


def _compared(sources: Sources, table: str, rows: int) -> None:
    comparison(sources, table, differ=range(rows, rows + 1))
