"""Rows looked up by their keys: their hash, or the text of all their columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from psycopg import sql

from app.migration.verify.descent import Key
from app.migration.verify.session import Side

if TYPE_CHECKING:
    import psycopg

    from app.migration.verify.catalogue import Column
    from app.migration.verify.pairing import TablePlan

_AT_ONCE = 1_000
# Asked through the table, not its leaves: a key finds its partition. One row at a time, so that the
# planner cannot choose to read a whole index for a batch of keys.
_LOOKUP = """
SELECT payshift_wanted.position::int4, found.result
FROM unnest({parameters}) WITH ORDINALITY AS payshift_wanted ({names}, position)
CROSS JOIN LATERAL (SELECT {result} AS result FROM {table} WHERE {condition} OFFSET 0) AS found
"""
_SCANS = "SET LOCAL enable_seqscan = {}"

Texts = Mapping[str, str | None]
"""The text of each compared column."""


def hashes(
    session: psycopg.Connection, *, plan: TablePlan, side: Side, keys: Sequence[Key]
) -> dict[Key, int]:
    """Return the hash of each row that exists."""
    return dict(_lookup(session, plan, side, keys, plan.row_hash))


def texts(
    session: psycopg.Connection, *, plan: TablePlan, side: Side, keys: Sequence[Key]
) -> dict[Key, Texts]:
    """Return the columns of each row that exists."""
    columns = [column.name for column in plan.columns]
    result = sql.SQL("ARRAY[{}]").format(
        sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in columns)
    )
    return {
        key: dict(zip(columns, values, strict=True))
        for key, values in _lookup(session, plan, side, keys, result)
    }


def _lookup(
    session: psycopg.Connection,
    plan: TablePlan,
    side: Side,
    keys: Sequence[Key],
    result: sql.Composable,
) -> Iterator[tuple[Key, Any]]:
    table = plan.tables[side]
    columns = [column for name in plan.key for column in table.columns if column.name == name.name]
    places = range(len(columns))
    query = sql.SQL(_LOOKUP).format(
        result=result,
        parameters=sql.SQL(", ").join(sql.SQL("%s::text[]") for _ in places),
        names=sql.SQL(", ").join(sql.Identifier(f"k{place}") for place in places),
        table=sql.Identifier(table.schema, table.name),
        condition=sql.SQL(" AND ").join(
            _equal(column, sql.SQL("payshift_wanted.{}").format(sql.Identifier(f"k{place}")))
            for place, column in enumerate(columns)
        ),
    )
    indexed = any(column.base for column in columns)
    for start in range(0, len(keys), _AT_ONCE):
        batch = keys[start : start + _AT_ONCE]
        with session.transaction():
            session.execute(_SCANS.format("off" if indexed else "on").encode())
            rows = session.execute(query, [list(values) for values in zip(*batch, strict=True)])
            for position, found in rows.fetchall():
                yield batch[position - 1], found


def _equal(column: Column, wanted: sql.Composable) -> sql.Composable:
    """Compare by the type's own equality, which an index knows; others by their text.

    The equality of a type outside the system's schema would have to be found first.
    """
    name = sql.Identifier(column.name)
    if not column.base:
        return sql.SQL("{}::text = {}").format(name, wanted)
    # The type comes from the catalogue as SQL writes it; the base is enough and free of limits.
    return sql.SQL("{} = {}::{}").format(name, wanted, sql.Identifier("pg_catalog", column.base))
