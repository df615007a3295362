"""Matches the tables of both sides and decides how each is compared."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from psycopg import sql

from app.errors import InputError
from app.migration.verify.catalogue import Table, chosen_tables
from app.migration.verify.encoding import (
    ComparedColumn,
    Mode,
    compared_column,
    key_hash,
    row_hash,
)
from app.migration.verify.session import Side

if TYPE_CHECKING:
    from app.migration.verify.catalogue import Column

Tables = Mapping[Side, Mapping[str, Table]]


@dataclass(frozen=True, kw_only=True)
class TablePlan:
    """A table that both sides have: its columns in an order that is the same for both.

    `problems` are differences of the tables themselves; what is left can still be compared.
    `key` is empty when rows cannot be told apart.
    """

    name: str
    tables: Mapping[Side, Table]
    key: tuple[ComparedColumn, ...]
    others: tuple[ComparedColumn, ...]
    mode: Mode
    problems: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[ComparedColumn, ...]:
        """Promise every compared column, the key first."""
        return (*self.key, *self.others)

    @cached_property
    def row_hash(self) -> sql.Composable:
        """Promise the expression that hashes a row."""
        return row_hash(self.key, self.others, mode=self.mode)

    @cached_property
    def key_hash(self) -> sql.Composable:
        """Promise the expression that hashes a row's key."""
        return key_hash(self.key, mode=self.mode)

    @property
    def rows(self) -> int:
        """Promise about how many rows the larger side has; a guess by size where no one knows."""
        return max(
            int(table.rows) if table.rows > 0 else table.pages * 60
            for table in self.tables.values()
        )


@dataclass(frozen=True, slots=True)
class Pairing:
    """What can be compared, and the tables that only one side has."""

    plans: tuple[TablePlan, ...]
    only: Mapping[Side, tuple[str, ...]]


def pair_tables(
    tables: Tables,
    *,
    wanted: Collection[str],
    excluded: Collection[str],
    by_text: Collection[str] = (),
    mode: Mode,
    broken: frozenset[str],
) -> Pairing:
    """Match by qualified name. `excluded` and `by_text` are columns as `schema.table.column`.

    Raises InputError for a wanted table or such a column that neither side has.
    """
    left, right = tables[Side.LEFT], tables[Side.RIGHT]
    chosen = chosen_tables({*left, *right}, wanted)
    _require_known(tables, {*excluded, *by_text})
    plan = partial(_plan, excluded=excluded, by_text=by_text, mode=mode, broken=broken)
    return Pairing(
        plans=tuple(
            plan(left[name], right[name]) for name in chosen if name in left and name in right
        ),
        only={
            side: tuple(name for name in chosen if name not in tables[side.other]) for side in Side
        },
    )


def _plan(
    left: Table,
    right: Table,
    *,
    excluded: Collection[str],
    by_text: Collection[str],
    mode: Mode,
    broken: frozenset[str],
) -> TablePlan:
    problems = [
        f"{side}: {table.problem}"
        for side, table in ((Side.LEFT, left), (Side.RIGHT, right))
        if table.problem
    ]
    compared: dict[str, ComparedColumn] = {}
    for name in sorted({column.name for column in (*left.columns, *right.columns)}):
        qualified = f"{left.qualified}.{name}"
        if qualified in excluded:
            continue
        here, there = left.column(name), right.column(name)
        if here is None or there is None:
            problems.append(f"column {name} is missing on the {_lacking(here)}")
            continue
        if here.typed != there.typed:
            problems.append(
                f"column {name} is {here.typed} on the left, {there.typed} on the right"
            )
        how = Mode.STRICT if qualified in by_text else mode
        compared[name] = compared_column(here, there, mode=how, broken=broken)
    key = left.key or right.key
    if left.key and right.key and left.key != right.key:
        problems.append(
            f"the key is {', '.join(left.key)} on the left, {', '.join(right.key)} on the right"
        )
    if not set(key) <= set(compared):
        key = ()
    return TablePlan(
        name=left.qualified,
        tables={Side.LEFT: left, Side.RIGHT: right},
        key=tuple(compared[name] for name in key),
        others=tuple(column for name, column in compared.items() if name not in key),
        mode=mode,
        problems=tuple(problems),
    )


def _lacking(here: Column | None) -> Side:
    return Side.LEFT if here is None else Side.RIGHT


def _require_known(tables: Tables, columns: Collection[str]) -> None:
    known = {
        f"{name}.{column.name}"
        for found in tables.values()
        for name, table in found.items()
        for column in table.columns
    }
    unknown = sorted(set(columns) - known)
    if unknown:
        raise InputError(
            f"no such column: {', '.join(unknown)}", remedy="write schema.table.column"
        )
