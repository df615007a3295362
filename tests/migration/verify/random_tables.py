"""Random tables with random edits on one side, and what a comparison of them must say."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import psycopg
from hypothesis import strategies as st
from psycopg import sql

from app.migration.verify.report import Kind, Report
from app.migration.verify.session import Side
from tests.migration.verify.conftest import Servers
from tests.migration.verify.values import KEYS, SETUP, VALUES

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
def cases(
    draw: st.DrawFn,
    *,
    values_of: Mapping[str, st.SearchStrategy[str]] = VALUES,
    keys_of: Mapping[tuple[str, ...], st.SearchStrategy[tuple[str, ...]]] = KEYS,
) -> Case:
    key = draw(st.sampled_from(sorted(keys_of)))
    types = draw(st.lists(st.sampled_from(sorted(values_of)), min_size=1, max_size=7))
    columns = {f"c{number}": kind for number, kind in enumerate(types)}
    values = {name: st.none() | values_of[kind] for name, kind in columns.items()}
    keys = draw(st.lists(keys_of[key], unique=True, max_size=25))
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
        st.lists(keys_of[key].filter(lambda some: some not in left), unique=True, max_size=3)
    ):
        right[one] = draw(st.fixed_dictionaries(values))
        expected.add((Kind.EXTRA, one, frozenset()))
    names = [*(f"k{number}" for number in range(len(key))), *columns]
    return Case(key, columns, tuple(draw(st.permutations(names))), left, right, expected)


def prepare(servers: Servers) -> None:
    """Make the schema `r` and the types that VALUES names.

    They are made in another order on the right, so their numbers in the catalogue differ.
    """
    for side, server in servers.items():
        server.execute("DROP SCHEMA IF EXISTS r CASCADE")
        server.execute("CREATE SCHEMA r")
        if side is Side.RIGHT:
            server.execute("CREATE TYPE r.other AS ENUM ('x', 'y', 'z')")
        for statement in SETUP:
            server.execute(statement.encode())


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
