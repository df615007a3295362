"""Whether uuids are spread evenly, as random ones are, asked of the planner's statistics."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

from app.migration.verify.both import both
from app.migration.verify.session import Side

if TYPE_CHECKING:
    from app.migration.verify.descent import Sessions
    from app.migration.verify.pairing import TablePlan

# Each leaf's rows, cut into parts of the same size: of random uuids about 101 bounds.
_BOUNDS = """
SELECT unnest(s.histogram_bounds::text::uuid[]) FROM pg_stats AS s
JOIN unnest(%(schemas)s::text[], %(leaves)s::text[]) AS leaf (schema_name, name)
    ON s.schemaname = leaf.schema_name AND s.tablename = leaf.name
WHERE s.attname = %(column)s AND NOT s.inherited
"""
_FEWEST = 64
# By their first bits; none has more than so many times its share, as of a few random ones some do.
_BITS = 6
_UNEVEN = 8


def has_random_uuids(sessions: Sessions, *, plan: TablePlan) -> bool:
    """Tell whether the key is one uuid that both sides index, spread evenly as far as they know.

    Uuids that begin with the time are not: all of a year would be of the same stretch.
    """
    if len(plan.key) != 1 or not all(_indexed_uuid(plan, side) for side in Side):
        return False

    def bounds(side: Side) -> list[UUID]:
        leaves = plan.tables[side].leaves
        rows = sessions[side].execute(
            _BOUNDS,
            {
                "schemas": [leaf.schema_name for leaf in leaves],
                "leaves": [leaf.name for leaf in leaves],
                "column": plan.key[0].name,
            },
        )
        return [bound for (bound,) in rows]

    found = [bound for some in both(bounds).values() for bound in some]
    stretches = Counter(bound.int >> (128 - _BITS) for bound in found)
    most = max(stretches.values(), default=0)
    return len(found) >= _FEWEST and most * 2**_BITS <= _UNEVEN * len(found)


def _indexed_uuid(plan: TablePlan, side: Side) -> bool:
    table = plan.tables[side]
    (name,) = (column.name for column in plan.key)
    column = table.column(name)
    return table.key == (name,) and column is not None and column.base == "uuid"
