"""Two databases compared: against counting their rows, and against reladiff on the same tables."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import psycopg

from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import PostgresCluster
from app.local.postgres.place import ServerPlace
from app.migration.verify.both import both
from app.migration.verify.comparison import compare
from app.migration.verify.encoding import Mode
from app.migration.verify.options import Options
from app.migration.verify.report import Report
from app.migration.verify.session import Side
from app.migration.verify.source import SiteSource
from bench.figures import Figure
from bench.verify_peer import Reladiff
from bench.verify_workers import read_one_side

ROWS = int(os.environ.get("VERIFY_ROWS", "1000000"))
RUNS = int(os.environ.get("VERIFY_RUNS", "3"))
SCATTERED = 10_000
COLUMNS = ("merchant_id", "amount", "currency", "status", "created_at", "note", "meta")
KEYS = {"bigint": "n::bigint", "uuid": "md5('payment ' || n)::uuid"}

Sources = Mapping[Side, SiteSource]

_TABLE = """
CREATE TABLE public.paid_{key} (
    id {key} NOT NULL, merchant_id text NOT NULL, amount numeric(12,2) NOT NULL,
    currency char(3) NOT NULL, status text NOT NULL, created_at timestamptz NOT NULL, note text,
    meta jsonb NOT NULL)
"""
_FILL = """
INSERT INTO public.paid_{key}
SELECT {value}, 'merchant-' || n %% 5000, (n * 7919::bigint %% 1000000) / 100.0,
       (ARRAY['USD', 'EUR', 'GBP'])[1 + n %% 3],
       CASE n %% 50 WHEN 0 THEN 'refunded' ELSE 'captured' END,
       timestamptz '2026-01-01 00:00Z' + n * interval '1.7 seconds',
       CASE n %% 4 WHEN 0 THEN NULL ELSE 'order number ' || n END,
       jsonb_build_object('channel', 'web', 'attempt', n %% 3, 'device', 'd-' || n %% 977)
FROM generate_series(1, %s) AS n
"""
_INDEX = "ALTER TABLE public.paid_{key} ADD PRIMARY KEY (id)"
_COUNT = "SELECT count(*) FROM public.paid_{key}"
_SEQUENTIAL = "SET max_parallel_workers_per_gather = 0; SET enable_indexonlyscan = off"
_ONE_CHANGED = "UPDATE public.paid_{key} SET status = 'lost' WHERE id = {wanted}"
_ONE_MISSING = "DELETE FROM public.paid_{key} WHERE id = {wanted}"
_WANTED = "(SELECT {value} FROM (SELECT %s::int AS n) AS numbered)"
_SCATTER = """
UPDATE public.paid_{key} SET note = 'other' WHERE id IN (
    SELECT {value} FROM generate_series(1, %s, %s) AS n)
"""


def measure() -> tuple[Figure, ...]:
    """Compare `VERIFY_ROWS` (1,000,000) rows a side, `VERIFY_RUNS` (3) times each way."""
    figures: list[Figure] = []
    with _servers() as sources:
        for key in KEYS:
            both(partial(_fill, sources, key))
            figures += _measure_key(sources, key)
    figures.append(Figure(name="verify_client_memory", unit="MiB", samples=(_peak_memory_mib(),)))
    return tuple(figures)


def _measure_key(sources: Sources, key: str) -> list[Figure]:
    table = f"public.paid_{key}"
    with _counting(sources) as sessions:
        count = _timed(lambda: both(partial(_count, sessions, key)))
    clean = _timed(lambda: _equal(_compare(sources, table)))
    peer = Reladiff(sources, table=table, columns=COLUMNS)
    theirs = _timed(peer.compare)
    strict = _timed(lambda: _equal(_compare(sources, table, mode=Mode.STRICT)))
    one = _timed(lambda: read_one_side(sources[Side.LEFT], table=table, workers=1))
    two = _timed(lambda: read_one_side(sources[Side.LEFT], table=table, workers=2))
    both(partial(_break_two, sources, key))
    found = _timed(lambda: _differ(_compare(sources, table), 2))
    both(partial(_scatter, sources, key))
    scattered = _timed(lambda: _differ(_compare(sources, table), None))
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


def _timed(run: Callable[[], object]) -> tuple[float, ...]:
    run()  # fills the caches: every way is measured warm
    samples = []
    for _ in range(RUNS):
        begun = time.monotonic()
        run()
        samples.append(time.monotonic() - begun)
    return tuple(samples)


def _compare(sources: Sources, table: str, *, mode: Mode = Mode.FAST) -> Report:
    options = Options(mode=mode, schemas=("public",), tables=(table,))
    return compare(sources, options=options)


def _equal(report: Report) -> None:
    if not report.equal:
        raise RuntimeError("; ".join(report.lines()))


def _differ(report: Report, rows: int | None) -> None:
    wanted = range(SCATTERED, SCATTERED + 3) if rows is None else range(rows, rows + 1)
    if report.different not in wanted:
        raise RuntimeError(f"{report.different} rows differ, not {wanted}")


@contextmanager
def _servers() -> Iterator[Sources]:
    settings = {"shared_buffers": "512MB", "fsync": "off", "full_page_writes": "off"}
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        place = ServerPlace.prepare(directory=Path(directory) / "clusters")
        stack.callback(place.remove)
        authority = LocalAuthority()
        sources: dict[Side, SiteSource] = {}
        for side in Side:
            cluster = PostgresCluster(
                name=side.value, place=place, authority=authority, settings=settings
            )
            stack.callback(cluster.destroy)
            cluster.create()
            sources[side] = SiteSource(side.value, cluster.settings_for())
        yield sources


def _execute(sources: Sources, side: Side, *statements: tuple[str, tuple[object, ...]]) -> None:
    with sources[side].connect(application_name="bench") as connection:
        for statement, values in statements:
            connection.execute(statement.encode(), values or None)


def _fill(sources: Sources, key: str, side: Side) -> None:
    value = KEYS[key]
    _execute(
        sources,
        side,
        (_TABLE.format(key=key), ()),
        (_FILL.replace("{key}", key).replace("{value}", value), (ROWS,)),
        (_INDEX.format(key=key), ()),
        (f"VACUUM ANALYZE public.paid_{key}", ()),
        ("CHECKPOINT", ()),
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


def _count(sessions: Mapping[Side, psycopg.Connection], key: str, side: Side) -> None:
    sessions[side].execute(_COUNT.format(key=key).encode()).fetchone()


def _break_two(sources: Sources, key: str, side: Side) -> None:
    wanted = _WANTED.format(value=KEYS[key])
    if side is Side.RIGHT:
        _execute(
            sources,
            side,
            (_ONE_CHANGED.format(key=key, wanted=wanted), (ROWS // 2,)),
            (_ONE_MISSING.format(key=key, wanted=wanted), (ROWS // 3,)),
        )


def _scatter(sources: Sources, key: str, side: Side) -> None:
    if side is Side.RIGHT:
        statement = _SCATTER.format(key=key, value=KEYS[key])
        _execute(sources, side, (statement, (ROWS, ROWS // SCATTERED)))


def _peak_memory_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform == "linux" else 1024**2)
