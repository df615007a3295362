"""Two databases compared: against counting their rows, and against reladiff on the same tables."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from statistics import median

import psycopg

from app.migration.verify.both import both
from app.migration.verify.encoding import Mode
from app.migration.verify.session import Side
from bench.figures import Figure
from bench.verify_peer import Reladiff
from bench.verify_tables import (
    COLUMNS,
    KEYS,
    Sources,
    break_two,
    comparison,
    fill,
    scatter,
    servers,
    table_of,
    timed,
)
from bench.verify_workers import read_one_side

SCATTERED = 10_000
_COUNT = "SELECT count(*) FROM {table}"
_SEQUENTIAL = "SET max_parallel_workers_per_gather = 0; SET enable_indexonlyscan = off"


def measure() -> tuple[Figure, ...]:
    """Compare `VERIFY_ROWS` (1,000,000) rows a side, `VERIFY_RUNS` (3) times each way."""
    figures: list[Figure] = []
    with servers() as sources:
        for key in KEYS:
            fill(sources, key)
            figures += _measure_key(sources, key)
    figures.append(Figure(name="verify_client_memory", unit="MiB", samples=(_peak_memory_mib(),)))
    return tuple(figures)


def _measure_key(sources: Sources, key: str) -> list[Figure]:
    table = table_of(key)
    with _counting(sources) as sessions:
        count = timed(lambda: both(partial(_count, sessions, table)))
    clean = timed(lambda: comparison(sources, table))
    peer = Reladiff(sources, table=table, columns=COLUMNS)
    theirs = timed(peer.compare)
    strict = timed(lambda: comparison(sources, table, mode=Mode.STRICT))
    one = timed(lambda: read_one_side(sources[Side.LEFT], table=table, workers=1))
    two = timed(lambda: read_one_side(sources[Side.LEFT], table=table, workers=2))
    break_two(sources, key)
    found = timed(lambda: comparison(sources, table, differ=range(2, 3)))
    scatter(sources, key, rows=SCATTERED)
    differ = range(SCATTERED, SCATTERED + 3)
    scattered = timed(lambda: comparison(sources, table, differ=differ))
    name = f"verify_{key}"
    return [
        _against(f"{name}_clean", clean, count, "sequential count(*) on both servers at once"),
        Figure(
            name=f"{name}_reladiff",
            unit="s",
            samples=theirs,
            ratio=median(theirs) / median(clean),
            against=f"ours; {peer.settings}",
        ),
        _against(f"{name}_strict", strict, count, "the same count(*)"),
        Figure(
            name=f"{name}_two_rows_more",
            unit="ms",
            samples=tuple(1e3 * (one_run - median(clean)) for one_run in found),
        ),
        _against(f"{name}_10000_scattered", scattered, clean, "the clean comparison"),
        Figure(
            name=f"{name}_two_workers",
            unit="s",
            samples=two,
            ratio=median(one) / median(two),
            against="one worker on one server, as a speed-up",
        ),
    ]


def _against(name: str, samples: tuple[float, ...], base: tuple[float, ...], what: str) -> Figure:
    return Figure(
        name=name, unit="s", samples=samples, ratio=median(samples) / median(base), against=what
    )


@contextmanager
def _counting(sources: Sources) -> Iterator[Mapping[Side, psycopg.Connection]]:
    """Open the sessions that count beforehand; a comparison has to open its own."""
    with ExitStack() as stack:
        sessions = {
            side: stack.enter_context(source.connect(application_name="bench"))
            for side, source in sources.items()
        }
        for session in sessions.values():
            session.execute(_SEQUENTIAL)
        yield sessions


def _count(sessions: Mapping[Side, psycopg.Connection], table: str, side: Side) -> None:
    sessions[side].execute(_COUNT.format(table=table).encode()).fetchone()


def _peak_memory_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform == "linux" else 1024**2)
