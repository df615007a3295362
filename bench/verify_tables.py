"""Tables of payments on two servers, to be compared: equal ones and others."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import PostgresCluster
from app.local.postgres.place import ServerPlace
from app.migration.verify.both import both
from app.migration.verify.comparison import compare
from app.migration.verify.encoding import Mode
from app.migration.verify.options import Options
from app.migration.verify.session import Side
from app.migration.verify.source import SiteSource

ROWS = int(os.environ.get("VERIFY_ROWS", "1000000"))
RUNS = int(os.environ.get("VERIFY_RUNS", "3"))
COLUMNS = ("merchant_id", "amount", "currency", "status", "created_at", "note", "meta")
KEYS = {"bigint": "n::bigint", "uuid": "md5('payment ' || n)::uuid"}

Sources = Mapping[Side, SiteSource]

_TABLE = """
CREATE TABLE {table} (
    id {key} NOT NULL, merchant_id text NOT NULL, amount numeric(12,2) NOT NULL,
    currency char(3) NOT NULL, status text NOT NULL, created_at timestamptz NOT NULL, note text,
    meta jsonb NOT NULL)
"""
_FILL = """
INSERT INTO {table}
SELECT {value}, 'merchant-' || n %% 5000, (n * 7919::bigint %% 1000000) / 100.0,
       (ARRAY['USD', 'EUR', 'GBP'])[1 + n %% 3],
       CASE n %% 50 WHEN 0 THEN 'refunded' ELSE 'captured' END,
       timestamptz '2026-01-01 00:00Z' + n * interval '1.7 seconds',
       CASE n %% 4 WHEN 0 THEN NULL ELSE 'order number ' || n END,
       jsonb_build_object('channel', 'web', 'attempt', n %% 3, 'device', 'd-' || n %% 977)
FROM generate_series(1, %s) AS n
"""
_INDEX = "ALTER TABLE {table} ADD PRIMARY KEY (id)"
_ONE_CHANGED = "UPDATE {table} SET status = 'lost' WHERE id = {wanted}"
_ALL_CHANGED = "UPDATE {table} SET note = 'other'"
_ONE_MISSING = "DELETE FROM {table} WHERE id = {wanted}"
_WANTED = "(SELECT {value} FROM (SELECT %s::int AS n) AS numbered)"
_SCATTER = """
UPDATE {table} SET note = 'other' WHERE id IN (
    SELECT {value} FROM generate_series(1, %s::int, %s::int) AS n)
"""


def table_of(key: str, *, suffix: str = "") -> str:
    """Return the name of the table with such a key."""
    return f"public.paid_{key}{suffix}"


def fill(sources: Sources, key: str, *, suffix: str = "") -> None:
    """Make the same table of `VERIFY_ROWS` rows on both sides, as a table in use is: vacuumed."""
    both(partial(_fill, sources, key, table_of(key, suffix=suffix)))


def break_two(sources: Sources, key: str, *, suffix: str = "") -> None:
    """Change one row on the right and remove another."""
    wanted = _WANTED.format(value=KEYS[key])
    names = {"table": table_of(key, suffix=suffix), "wanted": wanted}
    _execute(
        sources[Side.RIGHT],
        (_ONE_CHANGED.format(**names), (ROWS // 2,)),
        (_ONE_MISSING.format(**names), (ROWS // 3,)),
    )


def scatter(sources: Sources, key: str, *, rows: int, suffix: str = "") -> None:
    """Change so many rows on the right, the same number of others between any two."""
    statement = _SCATTER.format(table=table_of(key, suffix=suffix), value=KEYS[key])
    _execute(sources[Side.RIGHT], (statement, (ROWS, ROWS // rows)))


def change_all(sources: Sources, key: str, *, suffix: str = "") -> None:
    """Change every row on the right."""
    table = table_of(key, suffix=suffix)
    _execute(sources[Side.RIGHT], (_ALL_CHANGED.format(table=table), ()), (f"VACUUM {table}", ()))


def comparison(
    sources: Sources, table: str, *, differ: range = range(1), mode: Mode = Mode.FAST
) -> None:
    """Compare. Raises RuntimeError when not so many rows differ."""
    report = compare(sources, options=Options(mode=mode, schemas=("public",), tables=(table,)))
    if report.different not in differ:
        raise RuntimeError(f"{report.different} rows differ, not {differ}: {report.lines()[-1]}")


def seconds(run: Callable[[], object]) -> float:
    """Return how long it took."""
    begun = time.monotonic()
    run()
    return time.monotonic() - begun


def timed(run: Callable[[], object]) -> tuple[float, ...]:
    """Run once to fill the caches, for every way is measured warm, and then `VERIFY_RUNS` times."""
    run()
    return tuple(seconds(run) for _ in range(RUNS))


@contextmanager
def servers() -> Iterator[Sources]:
    """Start two servers of their own."""
    with clusters() as made:
        yield sources_of(made)


@contextmanager
def clusters() -> Iterator[Mapping[Side, PostgresCluster]]:
    """Start two servers of their own, as what can be stopped and started."""
    settings = {"shared_buffers": "512MB", "fsync": "off", "full_page_writes": "off"}
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        place = ServerPlace.prepare(directory=Path(directory) / "clusters")
        stack.callback(place.remove)
        authority = LocalAuthority()
        made: dict[Side, PostgresCluster] = {}
        for side in Side:
            cluster = PostgresCluster(
                name=side.value, place=place, authority=authority, settings=settings
            )
            stack.callback(cluster.destroy)
            cluster.create()
            made[side] = cluster
        yield made


def sources_of(made: Mapping[Side, PostgresCluster]) -> Sources:
    """Return how these servers are asked."""
    return {side: SiteSource(side.value, one.settings_for()) for side, one in made.items()}


def _execute(source: SiteSource, *statements: tuple[str, tuple[object, ...]]) -> None:
    with source.connect(application_name="bench") as connection:
        for statement, values in statements:
            connection.execute(statement.encode(), values or None)


def _fill(sources: Sources, key: str, table: str, side: Side) -> None:
    filling = _FILL.replace("{table}", table).replace("{value}", KEYS[key])
    _execute(
        sources[side],
        (_TABLE.format(table=table, key=key), ()),
        (filling, (ROWS,)),
        (_INDEX.format(table=table), ()),
        (f"VACUUM ANALYZE {table}", ()),
        ("CHECKPOINT", ()),
    )
