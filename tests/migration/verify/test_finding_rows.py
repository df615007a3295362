"""How the rows of buckets that differ are found: what is read for it, and what is held."""

from __future__ import annotations

import tracemalloc

import pytest
from psycopg import sql

from app.migration.verify.bucket_rows import Wanted
from app.migration.verify.buckets import HashBuckets, RandomBuckets, choose_buckets
from app.migration.verify.catalogue import read_tables
from app.migration.verify.comparison import compare
from app.migration.verify.encoding import Mode
from app.migration.verify.key_spread import has_random_uuids
from app.migration.verify.options import Options
from app.migration.verify.pairing import TablePlan, pair_tables
from app.migration.verify.session import Side, open_session
from tests.migration.verify.conftest import Servers, Sources

pytestmark = pytest.mark.slow

ROWS = 20_000
_FILL = "INSERT INTO s.t SELECT {key}, n, n FROM generate_series(1, {rows}) n"
# The same random uuids at both sides, or such that begin with the time, as version 7 does.
RANDOM = "md5(n::text)::uuid"
ORDERED = "(lpad(to_hex(1700000000000 + n), 12, '0') || substr(md5(n::text), 13))::uuid"


def fill(servers: Servers, *, key: str = RANDOM, rows: int = ROWS, analyzed: bool = True) -> None:
    for server in servers.values():
        server.execute("CREATE TABLE s.t (id uuid PRIMARY KEY, n int, v int)")
        server.execute(_FILL.format(key=key, rows=rows).encode())
        if analyzed:
            server.execute("VACUUM ANALYZE s.t")


def planned(sources: Sources) -> tuple[TablePlan, bool]:
    """Return how the table is compared, and whether its keys are taken for random."""
    with open_session(sources[Side.LEFT]) as left, open_session(sources[Side.RIGHT]) as right:
        sessions = {Side.LEFT: left, Side.RIGHT: right}
        tables = {side: read_tables(sessions[side], schemas=("s",)) for side in Side}
        (plan,) = pair_tables(
            tables, wanted=(), excluded=(), mode=Mode.FAST, broken=frozenset()
        ).plans
        return plan, has_random_uuids(sessions, plan=plan)


@pytest.mark.parametrize("mode", Mode)
def test_a_few_rows_under_a_random_key_are_found(
    empty: Servers, sources: Sources, mode: Mode
) -> None:
    fill(empty)
    for statement in (
        "UPDATE s.t SET v = 0 WHERE n IN (10, 19000)",
        "DELETE FROM s.t WHERE n = 7000",
        "INSERT INTO s.t SELECT '00000000-0000-0000-0000-000000000000'",
        "INSERT INTO s.t SELECT 'ffffffff-ffff-ffff-ffff-ffffffffffff'",
    ):
        empty[Side.RIGHT].execute(statement.encode())
    (table,) = compare(sources, options=Options(mode=mode, schemas=("s",))).tables
    kinds = sorted(one.kind.value for one in table.differences)
    assert kinds == ["changed", "changed", "extra", "extra", "missing"]


def test_the_index_is_read_for_them_and_not_the_table(empty: Servers, sources: Sources) -> None:
    fill(empty)
    plan, random = planned(sources)
    buckets = choose_buckets(plan.key, rows=ROWS, numbers=None, mode=Mode.FAST, random=random)
    assert isinstance(buckets, RandomBuckets)
    bad = [1, 2**buckets.bits - 1]
    assert buckets.stretches(bad) == [
        ("00000000-0000-0000-0000-000000000000", "00ffffff-ffff-ffff-ffff-ffffffffffff"),
        ("ff000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    ]
    wanted = Wanted(
        plan=plan, buckets=buckets, numbers=bad, scan=buckets.scattered(bad, most=2**buckets.bits)
    )
    (leaf,) = plan.tables[Side.LEFT].leaves
    query = sql.SQL("EXPLAIN SELECT * FROM {} AS rows").format(wanted.rows(leaf))
    with open_session(sources[Side.LEFT]) as session:
        session.execute("SET enable_seqscan = off")
        lines = session.execute(query, {"wanted": bad}, prepare=False).fetchall()
    text = "\n".join(line for (line,) in lines)
    assert "Index Only Scan" in text
    assert "Seq Scan" not in text


def test_buckets_by_first_bytes_divide_the_rows_as_hashes_do(
    empty: Servers, sources: Sources
) -> None:
    fill(empty)
    plan, _ = planned(sources)
    buckets = choose_buckets(plan.key, rows=ROWS, numbers=None, mode=Mode.FAST, random=True)
    assert isinstance(buckets, RandomBuckets)
    query = sql.SQL("SELECT b, count(*) FROM (SELECT {} AS b FROM s.t) AS all_rows GROUP BY b")
    counted: dict[int, int] = dict(
        empty[Side.LEFT].execute(query.format(buckets.expression)).fetchall()
    )
    assert sum(counted.values()) == ROWS
    assert set(counted) == set(range(2**buckets.bits))
    assert max(counted.values()) < 4 * ROWS / 2**buckets.bits


@pytest.mark.parametrize(("key", "analyzed"), [(ORDERED, True), (RANDOM, False)])
def test_uuids_that_are_not_known_to_be_random_go_by_their_hash(
    empty: Servers, sources: Sources, key: str, *, analyzed: bool
) -> None:
    fill(empty, key=key, analyzed=analyzed)
    plan, random = planned(sources)
    assert not random
    buckets = choose_buckets(plan.key, rows=ROWS, numbers=None, mode=Mode.FAST, random=random)
    assert isinstance(buckets, HashBuckets)
    empty[Side.RIGHT].execute("UPDATE s.t SET v = 0 WHERE n = 10")
    (table,) = compare(sources, options=Options(schemas=("s",))).tables
    assert table.different == 1


@pytest.mark.parametrize("change", ["SELECT 1", "UPDATE s.t SET v = v + 1"])
def test_what_is_held_does_not_grow_with_the_table(
    empty: Servers, sources: Sources, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    monkeypatch.setattr("app.migration.verify.buckets.MOST_BUCKETS", 64)
    monkeypatch.setattr("app.migration.verify.descent.FEW_ROWS", 500)
    monkeypatch.setattr("app.migration.verify.descent.MANY_ROWS", 3_000)
    peaks = []
    for rows in (6_000, 6_000, 48_000):  # the first one pays for what is imported and kept
        fill(empty, rows=rows)
        empty[Side.RIGHT].execute(change.encode())
        tracemalloc.start()
        try:
            compare(sources, options=Options(schemas=("s",), most=100, pages_a_chunk=50))
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
        for server in empty.values():
            server.execute("DROP TABLE s.t")
    assert peaks[2] < 1.25 * peaks[1]
