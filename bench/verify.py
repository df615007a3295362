"""Two databases compared: against counting their rows, and against reladiff on the same tables."""

from __future__ import annotations

from functools import partial
from statistics import median

from app.migration.verify.encoding import Mode
from app.migration.verify.session import Side
from bench.figures import Figure
from bench.verify_count import WHAT, count, counting
from bench.verify_memory import peak_memory_mib
from bench.verify_peer import Reladiff
from bench.verify_tables import (
    COLUMNS,
    KEYS,
    RUNS,
    Sources,
    break_two,
    change_all,
    comparison,
    fill,
    scatter,
    seconds,
    servers,
    table_of,
    timed,
)
from bench.verify_workers import read_one_side

SCATTERED = 10_000


def measure() -> tuple[Figure, ...]:
    """Compare `VERIFY_ROWS` (1,000,000) rows a side, `VERIFY_RUNS` (3) times each way."""
    figures: list[Figure] = []
    memory: list[float] = []
    with servers() as sources:
        for key in KEYS:
            fill(sources, key)
            figures += _measure_key(sources, key)
            figures += _measure_differences(sources, key)
            memory += _measure_memory(sources, key)
    figures.append(Figure(name="verify_client_memory", unit="MiB", samples=tuple(memory)))
    return tuple(figures)


def _measure_key(sources: Sources, key: str) -> list[Figure]:
    table = table_of(key)
    with counting(sources) as sessions:
        counted = timed(lambda: count(sessions, table))
    clean = timed(lambda: comparison(sources, table))
    peer = Reladiff(sources, table=table, columns=COLUMNS)
    theirs = timed(peer.compare)
    strict = timed(lambda: comparison(sources, table, mode=Mode.STRICT))
    one = timed(lambda: read_one_side(sources[Side.LEFT], table=table, workers=1))
    two = timed(lambda: read_one_side(sources[Side.LEFT], table=table, workers=2))
    name = f"verify_{key}"
    return [
        _against(f"{name}_clean", clean, counted, WHAT),
        Figure(
            name=f"{name}_reladiff",
            unit="s",
            samples=theirs,
            ratio=median(theirs) / median(clean),
            against=f"ours; {peer.settings}",
        ),
        _against(f"{name}_strict", strict, counted, "the same count(*)"),
        Figure(
            name=f"{name}_two_workers",
            unit="s",
            samples=two,
            ratio=median(one) / median(two),
            against="one worker on one server, as a speed-up",
        ),
    ]


def _measure_differences(sources: Sources, key: str) -> list[Figure]:
    """Compare the equal table and others one after the other, so that all are struck alike."""
    names = {differ: table_of(key, suffix=f"_{differ}") for differ in (2, SCATTERED)}
    for differ in names:
        fill(sources, key, suffix=f"_{differ}")
    break_two(sources, key, suffix="_2")
    scatter(sources, key, rows=SCATTERED, suffix=f"_{SCATTERED}")
    names[0] = table_of(key)
    taken: dict[int, list[float]] = {differ: [] for differ in names}
    for _ in range(RUNS + 1):
        for differ, table in names.items():
            compared = partial(comparison, sources, table, differ=range(differ, differ + 1))
            taken[differ].append(seconds(compared))
    # The first ones filled the caches.
    clean, two, scattered = (tuple(taken[differ][1:]) for differ in (0, 2, SCATTERED))
    name = f"verify_{key}"
    return [
        Figure(
            name=f"{name}_two_rows_more",
            unit="ms",
            samples=tuple(1e3 * (more - less) for more, less in zip(two, clean, strict=True)),
        ),
        _against(f"{name}_10000_scattered", scattered, clean, "the clean comparison"),
    ]


def _measure_memory(sources: Sources, key: str) -> list[float]:
    """Run the command over tables of which no row, 2, 10,000 and all rows differ."""
    equal = peak_memory_mib(sources, table_of(key), equal=True)
    others = [table_of(key, suffix=f"_{differ}") for differ in (2, SCATTERED)]
    some = [peak_memory_mib(sources, table, equal=False) for table in others]
    # In the end: these tables are of no other use then.
    change_all(sources, key, suffix="_2")
    return [equal, *some, peak_memory_mib(sources, others[0], equal=False)]


def _against(name: str, samples: tuple[float, ...], base: tuple[float, ...], what: str) -> Figure:
    return Figure(
        name=name, unit="s", samples=samples, ratio=median(samples) / median(base), against=what
    )
