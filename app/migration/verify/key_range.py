"""The range of an integer key, asked of its index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from app.migration.verify.both import both
from app.migration.verify.buckets import INTEGERS, KeyRange
from app.migration.verify.session import Side

if TYPE_CHECKING:
    from app.migration.verify.descent import Sessions
    from app.migration.verify.pairing import TablePlan

_RANGE = "SELECT min({key})::int8, max({key})::int8 FROM {table}"


def read_key_range(sessions: Sessions, *, plan: TablePlan) -> KeyRange | None:
    """Return the range over both sides; None unless the key is one integer that both sides index.

    An empty table has the range of zero alone.
    """
    if len(plan.key) != 1 or not all(_indexed_integer(plan, side) for side in Side):
        return None

    def ends(side: Side) -> list[int]:
        table = plan.tables[side]
        query = sql.SQL(_RANGE).format(
            key=plan.key[0].identifier, table=sql.Identifier(table.schema, table.name)
        )
        row = sessions[side].execute(query).fetchone()
        return [end for end in row or () if end is not None]

    found = both(ends)
    numbers = [*found[Side.LEFT], *found[Side.RIGHT]] or [0]
    return KeyRange(min(numbers), max(numbers))


def _indexed_integer(plan: TablePlan, side: Side) -> bool:
    table = plan.tables[side]
    (name,) = (column.name for column in plan.key)
    column = table.column(name)
    return table.key == (name,) and column is not None and column.base in INTEGERS
