"""Tables whose rows cannot be told apart: compared as a whole, and said so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from psycopg import sql

from app.migration.verify.both import both
from app.migration.verify.report import TableResult
from app.migration.verify.session import Side

if TYPE_CHECKING:
    from app.migration.verify.descent import Sessions
    from app.migration.verify.pairing import TablePlan
    from app.migration.verify.settling import Drain

NOTE = "no primary key: compared as a whole, rows cannot be named"
PROBLEM = "the rows of this table are not the same, and without a key they cannot be named"

# A sum, because the same row may be there twice and would cancel itself out otherwise.
_WHOLE = "SELECT count(*), coalesce(sum({hash}), 0)::text FROM {table}"

Whole = tuple[int, str]


def compare_as_a_whole(sessions: Sessions, *, plan: TablePlan, drain: Drain | None) -> TableResult:
    """Compare number and hashes of all rows; with a drain, as single rows are looked at again."""
    begun = time.monotonic()
    source = Side.LEFT if drain is None else drain.source
    before = after = _whole(sessions, plan, source)
    if drain is None:
        arrived = _whole(sessions, plan, source.other)
    else:
        drain.wait()
        found = both(lambda side: _whole(sessions, plan, side))
        after, arrived = found[source], found[source.other]
    same = arrived == after
    stood_still = before == after
    return TableResult(
        name=plan.name,
        rows={source: after[0], source.other: arrived[0]},
        seconds=time.monotonic() - begun,
        restless=int(not same and not stood_still),
        problems=(*plan.problems, *(() if same or not stood_still else (PROBLEM,))),
        notes=(NOTE,),
    )


def _whole(sessions: Sessions, plan: TablePlan, side: Side) -> Whole:
    table = plan.tables[side]
    query = sql.SQL(_WHOLE).format(
        hash=plan.row_hash, table=sql.Identifier(table.schema, table.name)
    )
    row = sessions[side].execute(query).fetchone()
    return (0, "0") if row is None else (row[0], row[1])
