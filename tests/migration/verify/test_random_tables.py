"""Random tables, random edits on one side: the report names exactly the edited rows."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import partial

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from app.migration.verify.comparison import compare
from app.migration.verify.encoding import Mode
from app.migration.verify.options import Options
from app.migration.verify.report import Kind, Report
from app.migration.verify.session import Side
from tests.migration.verify.conftest import Servers, Sources
from tests.migration.verify.values import EQUAL_BUT_NOT_THE_SAME, KEYS, SETUP, VALUES

pytestmark = pytest.mark.slow

EXAMPLES = 60

Row = dict[str, str | None]
Rows = dict[tuple[str, ...], Row]
Found = set[tuple[Kind, tuple[str, ...], frozenset[str]]]


@dataclass(frozen=True)
class Case:
    """A table, the rows of both sides, and what a comparison must say."""

    key: tuple[str, ...]
    columns: dict[str, str]
    right_order: tuple[str, ...]
    left: Rows
    right: Rows
    expected: Found


@st.composite
def cases(draw: st.DrawFn) -> Case:
    key = draw(st.sampled_from(sorted(KEYS)))
    types = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=7))
    columns = {f"c{number}": kind for number, kind in enumerate(types)}
    values = {name: st.none() | VALUES[kind] for name, kind in columns.items()}
    keys = draw(st.lists(KEYS[key], unique=True, max_size=25))
    left: Rows = {one: draw(st.fixed_dictionaries(values)) for one in keys}
    right: Rows = {one: dict(row) for one, row in left.items()}
    expected: Found = set()
    for one in draw(st.lists(st.sampled_from(keys), unique=True, max_size=5)) if keys else ():
        if draw(st.booleans()):
            del right[one]
            expected.add((Kind.MISSING, one, frozenset()))
            continue
        name = draw(st.sampled_from(sorted(columns)))
        other = draw(values[name].filter(partial(operator.ne, left[one][name])))
        right[one][name] = other
        expected.add((Kind.CHANGED, one, frozenset({name})))
    for one in draw(
        st.lists(KEYS[key].filter(lambda some: some not in left), unique=True, max_size=3)
    ):
        right[one] = draw(st.fixed_dictionaries(values))
        expected.add((Kind.EXTRA, one, frozenset()))
    names = [*(f"k{number}" for number in range(len(key))), *columns]
    return Case(key, columns, tuple(draw(st.permutations(names))), left, right, expected)


@pytest.fixture(scope="module")
def typed(servers: Servers) -> Servers:
    """The same sessions, with the schema `r` and the types that VALUES names.

    They are made in another order on the right, so their numbers in the catalogue differ.
    """
    for side, server in servers.items():
        server.execute("DROP SCHEMA IF EXISTS r CASCADE")
        server.execute("CREATE SCHEMA r")
        if side is Side.RIGHT:
            server.execute("CREATE TYPE r.other AS ENUM ('x', 'y', 'z')")
        for statement in SETUP:
            server.execute(statement.encode())
    return servers


def build(servers: Servers, case: Case) -> None:
    types = {f"k{number}": kind for number, kind in enumerate(case.key)} | case.columns
    orders = {Side.LEFT: tuple(types), Side.RIGHT: case.right_order}
    keys = ", ".join(f"k{number}" for number in range(len(case.key)))
    for side, rows in ((Side.LEFT, case.left), (Side.RIGHT, case.right)):
        server = servers[side]
        server.execute("DROP TABLE IF EXISTS r.t")
        columns = ", ".join(f"{name} {types[name]}" for name in orders[side])
        server.execute(f"CREATE TABLE r.t ({columns}, PRIMARY KEY ({keys}))".encode())
        insert(server, types, rows)
    # Every row lies elsewhere on the disk.
    servers[Side.RIGHT].execute("UPDATE r.t SET k0 = k0")


def insert(
    server: psycopg.Connection, types: dict[str, str], rows: Rows, *, table: str = "r.t"
) -> None:
    query = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, types)),
        sql.SQL(", ").join(sql.SQL(f"%s::text::{kind}") for kind in types.values()),
    )
    with server.transaction():
        # The texts of the test are those of a server with the usual settings.
        server.execute("SET LOCAL datestyle = 'ISO'; SET LOCAL timezone = 'UTC'")
        for key, row in rows.items():
            values = [row[name] for name in types if name in row]
            server.execute(query, [*key, *values])


def found(report: Report) -> Found:
    (table,) = report.tables
    return {
        (one.kind, tuple(one.key.values()), frozenset(one.columns)) for one in table.differences
    }


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


@pytest.mark.parametrize("kind", EQUAL_BUT_NOT_THE_SAME)
def test_strict_sees_what_equality_hides(empty: Servers, sources: Sources, kind: str) -> None:
    for side, value in zip(Side, EQUAL_BUT_NOT_THE_SAME[kind], strict=True):
        empty[side].execute(f"CREATE TABLE s.t (id int PRIMARY KEY, v {kind})".encode())
        insert(empty[side], {"id": "int", "v": kind}, {("1",): {"v": value}}, table="s.t")
    fast = compare(sources, options=Options(mode=Mode.FAST, schemas=("s",)))
    strict = compare(sources, options=Options(mode=Mode.STRICT, schemas=("s",)))
    by_text = compare(sources, options=Options(schemas=("s",), by_text=("s.t.v",)))
    assert fast.equal
    assert found(strict) == found(by_text) == {(Kind.CHANGED, ("1",), frozenset({"v"}))}
