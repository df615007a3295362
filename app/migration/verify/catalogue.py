"""What a database says about its tables: columns with their real types, keys, partitions, sizes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg.rows import class_row
from pydantic import BaseModel, ConfigDict

from app.errors import InputError

if TYPE_CHECKING:
    import psycopg

_SQL = Path(__file__).parent / "sql"
_NOT_BUSINESS = ("payshift",)


class Column(BaseModel):
    """A column. `base` is the built-in type below all domains, empty when it is another type.

    `typed` is the type as SQL writes it. `scaled` tells that a numeric has a fixed scale.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    typed: str
    base: str
    scaled: bool
    not_null: bool
    generated: bool


class Leaf(BaseModel):
    """A table that holds rows itself: the whole table, or a partition. `pages` are 8 KiB."""

    model_config = ConfigDict(frozen=True)

    oid: int
    schema_name: str
    name: str
    filenode: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with everything that a comparison must know of it.

    `key` is the primary key, or the replica identity where that is another unique index; empty when
    there is none. `rows` is the planner's estimate, negative when it has none.
    """

    schema: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    leaves: tuple[Leaf, ...]
    rows: float
    problem: str

    @property
    def qualified(self) -> str:
        """Promise `schema.table`."""
        return f"{self.schema}.{self.name}"

    @property
    def pages(self) -> int:
        """Promise the size of all leaves in pages of 8 KiB."""
        return sum(leaf.pages for leaf in self.leaves)

    def column(self, name: str) -> Column | None:
        """Return the column of this name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class _Row:
    schema: str
    name: str
    columns: list[dict[str, object]]
    key: list[str]
    leaves: list[dict[str, object]]
    rows: float
    foreign_leaves: int


def read_tables(
    session: psycopg.Connection, *, schemas: Collection[str] | None
) -> dict[str, Table]:
    """Return every table of the schemas by qualified name; of all but the system's when None.

    Partitions belong to their table. Foreign tables hold no rows here and are left out.
    """
    with session.cursor(row_factory=class_row(_Row)) as cursor:
        found = cursor.execute(
            _query(),
            {
                "schemas": None if schemas is None else list(schemas),
                "not_business": list(_NOT_BUSINESS),
            },
        ).fetchall()
    tables = [_table(row) for row in found]
    return {table.qualified: table for table in tables}


def chosen_tables(found: Collection[str], wanted: Collection[str]) -> tuple[str, ...]:
    """Return the wanted among the found names, all when none is wanted.

    A name without a schema stands for the only table of that name. Raises InputError.
    """
    chosen: set[str] = set()
    for name in wanted:
        matches = [one for one in found if one == name or one.partition(".")[2] == name]
        if len(matches) != 1:
            raise InputError(
                f"{len(matches)} tables are called {name}",
                remedy=f"name one of: {', '.join(sorted(found)) or '(there are none)'}",
            )
        chosen.update(matches)
    return tuple(sorted(chosen or found))


def _table(row: _Row) -> Table:
    problem = f"{row.foreign_leaves} partitions are foreign tables" if row.foreign_leaves else ""
    return Table(
        schema=row.schema,
        name=row.name,
        columns=tuple(Column.model_validate(column) for column in row.columns),
        key=tuple(row.key),
        leaves=tuple(Leaf.model_validate(leaf) for leaf in row.leaves),
        rows=row.rows,
        problem=problem,
    )


@cache
def _query() -> bytes:
    return (_SQL / "tables.sql").read_bytes()
