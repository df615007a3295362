"""The schemas of two databases compared: what rows lie in, and the rules that they lie under."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import psycopg

BUSINESS = ("payments",)
_SQL = Path(__file__).parent / "sql"
# Names are written with their schema then, whatever the role's own search path is.
_PINNED = "SET LOCAL search_path = pg_catalog"
_SHOWN = 50
_KNOWS_REPLICATED = "SELECT to_regclass('payshift.replicated_tables') IS NOT NULL"
_REPLICATED = "SELECT relation::oid FROM payshift.replicated_tables"

Place = TypeVar("Place", bound=StrEnum)
"""Names one of the two databases: a `Site` of the migration, or a `Side` of a comparison."""


class Kind(StrEnum):
    """What a schema is made of. A column holds its type, its collation and its default."""

    TABLE = "table"
    VIEW = "view"
    COLUMN = "column"
    TYPE = "type"
    INDEX = "index"
    CONSTRAINT = "constraint"
    TRIGGER = "trigger"
    SEQUENCE = "sequence"
    GRANT = "grant"
    EXTENSION = "extension"


EVERYTHING = frozenset(Kind)
# Without these a replicated row does not fit, or is looked for in vain.
SHAPE = frozenset({Kind.COLUMN, Kind.TYPE, Kind.INDEX, Kind.CONSTRAINT})
# What must hold wherever payments are taken. Whom a server lets in, and what else is installed
# there, may be its own.
RULES = EVERYTHING - {Kind.GRANT, Kind.EXTENSION}


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaDifference:
    """An object and its definition by database; None where it is lacking."""

    kind: Kind
    name: str
    held: Mapping[str, str | None]

    def as_record(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": self.kind.value, "name": self.name, "definitions": dict(self.held)}

    def __str__(self) -> str:
        """Return one line."""
        told = (f"{place} {definition or 'has none'}" for place, definition in self.held.items())
        return f"{self.kind} {self.name}: {', '.join(told)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaReport:
    """How many objects either database has, and those that are not the same in both.

    It is empty when neither has a column, or another object where no columns were asked for.
    """

    compared: int
    differences: tuple[SchemaDifference, ...]
    empty: bool

    @property
    def equal(self) -> bool:
        """Tell whether every object is the same; nothing to compare is never equal."""
        return not self.empty and not self.differences

    def as_record(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "equal": self.equal,
            "compared": self.compared,
            "empty": self.empty,
            "differences": [one.as_record() for one in self.differences],
        }

    def lines(self) -> list[str]:
        """Return a line, and one for each of the first differences."""
        found = "equal" if self.equal else f"{len(self.differences):,} definitions differ"
        if self.empty:
            found = "neither side has a table"
        lines = [f"schemas: {found} ({self.compared:,} definitions)"]
        lines += [f"  {difference}" for difference in self.differences[:_SHOWN]]
        if len(self.differences) > _SHOWN:
            lines.append(f"  … and {len(self.differences) - _SHOWN:,} more")
        return lines


def compare_schemas(
    sessions: Mapping[Place, psycopg.Connection],
    *,
    kinds: Collection[Kind] = EVERYTHING,
    schemas: Collection[str] | None = BUSINESS,
    replicated: bool = False,
) -> SchemaReport:
    """Compare every object of these kinds in the schemas; in all but the system's when None.

    With `replicated` also the tables that replication carries from elsewhere, such as partitions.
    Extensions are those of the whole database. Raises psycopg.Error as the driver does.
    """
    ask = partial(_definitions, kinds=kinds, schemas=schemas, replicated=replicated)
    with ThreadPoolExecutor(max_workers=len(sessions)) as pool:
        found = dict(zip(sessions, pool.map(ask, sessions.values()), strict=True))
    names = sorted({name for held in found.values() for name in held})
    everywhere = [
        SchemaDifference(
            kind=kind,
            name=name,
            held={place.value: held.get((kind, name)) for place, held in found.items()},
        )
        for kind, name in names
    ]
    expected = Kind.COLUMN if Kind.COLUMN in kinds else None
    return SchemaReport(
        compared=len(names),
        empty=not any(expected in {None, kind} for kind, _ in names),
        differences=tuple(one for one in everywhere if len(set(one.held.values())) > 1),
    )


def _definitions(
    session: psycopg.Connection,
    *,
    kinds: Collection[Kind],
    schemas: Collection[str] | None,
    replicated: bool,
) -> dict[tuple[Kind, str], str]:
    with session.transaction():
        session.execute(_PINNED)
        further = _replicated(session) if replicated else []
        rows = session.execute(
            _query(),
            {
                "kinds": [kind.value for kind in kinds],
                "schemas": None if schemas is None else list(schemas),
                "further": further,
            },
        ).fetchall()
    return {(Kind(kind), name): definition or "" for kind, name, definition in rows}


def _replicated(session: psycopg.Connection) -> list[int]:
    """Return what replication carries; nothing in a database that was not prepared for it."""
    row = session.execute(_KNOWS_REPLICATED).fetchone()
    if row is None or not row[0]:
        return []
    return [int(oid) for (oid,) in session.execute(_REPLICATED).fetchall()]


@cache
def _query() -> bytes:
    return (_SQL / "schema.sql").read_bytes()
