"""Random tables, random edits on one side: the report names exactly the edited rows."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.migration.verify.comparison import compare
from app.migration.verify.encoding import Mode
from app.migration.verify.options import Options
from app.migration.verify.report import Kind
from app.migration.verify.session import Side
from tests.migration.verify.conftest import Servers, Sources
from tests.migration.verify.random_tables import Case, build, cases, found, insert, prepare
from tests.migration.verify.values import EQUAL_BUT_NOT_THE_SAME

pytestmark = pytest.mark.slow

EXAMPLES = 60


@pytest.fixture(scope="module")
def typed(servers: Servers) -> Servers:
    """The same sessions, with the schema `r` and the types that VALUES names."""
    prepare(servers)
    return servers


@pytest.mark.parametrize("mode", Mode)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=cases(), workers=st.integers(1, 2))
def test_exactly_the_edited_rows_are_named(
    typed: Servers, sources: Sources, mode: Mode, case: Case, workers: int
) -> None:
    build(typed, case)
    report = compare(sources, options=Options(mode=mode, schemas=("r",), workers=workers))
    assert not report.by_text
    assert found(report) == case.expected
    assert report.equal is (not case.expected)
    assert report.tables[0].rows == {Side.LEFT: len(case.left), Side.RIGHT: len(case.right)}


@pytest.mark.parametrize("what", EQUAL_BUT_NOT_THE_SAME)
def test_strict_sees_what_fast_does_not(empty: Servers, sources: Sources, what: str) -> None:
    kind, *pair = EQUAL_BUT_NOT_THE_SAME[what]
    for side, value in zip(Side, pair, strict=True):
        empty[side].execute(f"CREATE TABLE s.t (id int PRIMARY KEY, v {kind})".encode())
        insert(empty[side], {"id": "int", "v": kind}, {("1",): {"v": value}}, table="s.t")
    fast = compare(sources, options=Options(mode=Mode.FAST, schemas=("s",)))
    strict = compare(sources, options=Options(mode=Mode.STRICT, schemas=("s",)))
    by_text = compare(sources, options=Options(schemas=("s",), by_text=("s.t.v",)))
    assert fast.equal
    assert found(strict) == found(by_text) == {(Kind.CHANGED, ("1",), frozenset({"v"}))}
