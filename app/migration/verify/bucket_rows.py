"""The rows of buckets that differ, by their key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from app.migration.verify.both import both
from app.migration.verify.buckets import Buckets, RandomBuckets, RangeBuckets
from app.migration.verify.session import Side

if TYPE_CHECKING:
    import psycopg

    from app.migration.verify.catalogue import Leaf
    from app.migration.verify.descent import Sessions
    from app.migration.verify.pairing import TablePlan

Rows = dict[tuple[str, ...], int]
"""The hash of each row by its key."""

_KEYS = "SELECT ARRAY[{keys}], h FROM {rows} AS rows"
_COLUMNS = "ctid AS place, {hash} AS h, {keys}"
# The server looks buckets up in a hash table only if they are of the very type, known when it
# plans, and not too few; else it goes through all of them for each row.
_HASHED_FROM = 9
_SCANNED = "(SELECT {columns} FROM ONLY {leaf} WHERE {bucket} = ANY (%(wanted)s::int8[]) OFFSET 0)"
_LOOKED_UP = (
    "(SELECT found.* FROM unnest(%(wanted)s::int8[]) AS payshift_bad (bucket) CROSS JOIN LATERAL "
    "(SELECT {columns} FROM ONLY {leaf} WHERE {within} OFFSET 0) AS found)"
)
# The index alone tells which keys of a stretch are of the buckets; only their rows are read.
_STRETCHES = (
    "(SELECT found.* FROM unnest({firsts}::uuid[], {lasts}::uuid[]) AS payshift_bad (first, last) "
    "CROSS JOIN LATERAL (SELECT {key} AS key FROM ONLY {leaf} WHERE {key} BETWEEN "
    "payshift_bad.first AND payshift_bad.last AND {bucket} = ANY (%(wanted)s::int8[]) OFFSET 0) "
    "AS payshift_bad_key CROSS JOIN LATERAL "
    "(SELECT {columns} FROM ONLY {leaf} WHERE {key} = payshift_bad_key.key OFFSET 0) AS found)"
)
# The planner cannot know that a range is short; a scan of the table for each would be endless.
_SCANS = "SET LOCAL enable_seqscan = {}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The rows of some buckets, to be scanned for or looked up by the index."""

    plan: TablePlan
    buckets: Buckets
    numbers: Sequence[int]
    scan: bool

    @property
    def keys(self) -> list[sql.Composable]:
        """Promise the text of each column of the key."""
        return [sql.SQL("{}::text").format(column.identifier) for column in self.plan.key]

    def rows(self, leaf: Leaf) -> sql.Composed:
        """Return a subquery with the columns place (ctid), h (hash) and k0, k1, … (key)."""
        columns = sql.SQL(_COLUMNS).format(
            hash=self.plan.row_hash,
            keys=sql.SQL(", ").join(
                sql.SQL("{} AS {}").format(key, sql.Identifier(f"k{position}"))
                for position, key in enumerate(self.keys)
            ),
        )
        relation = sql.Identifier(leaf.schema_name, leaf.name)
        if isinstance(self.buckets, RangeBuckets) and not self.scan:
            within = self.buckets.within(sql.SQL("payshift_bad.bucket"))
            return sql.SQL(_LOOKED_UP).format(columns=columns, leaf=relation, within=within)
        bucket = self.buckets.expression
        if isinstance(self.buckets, RandomBuckets) and not self.scan:
            firsts, lasts = zip(*self.buckets.stretches(self.numbers), strict=True)
            return sql.SQL(_STRETCHES).format(
                firsts=sql.Literal(list(firsts)),
                lasts=sql.Literal(list(lasts)),
                key=self.buckets.key.identifier,
                columns=columns,
                leaf=relation,
                bucket=bucket,
            )
        return sql.SQL(_SCANNED).format(columns=columns, leaf=relation, bucket=bucket)


def rows_by_key(sessions: Sessions, wanted: Wanted) -> Iterator[Mapping[Side, Rows]]:
    """Give every row of the buckets, once."""
    names = sql.SQL(", ").join(sql.Identifier(f"k{n}") for n in range(len(wanted.plan.key)))

    def look(side: Side) -> Rows:
        found: Rows = {}
        for leaf in wanted.plan.tables[side].leaves:
            query = sql.SQL(_KEYS).format(keys=names, rows=wanted.rows(leaf))
            for key, hashed in execute(sessions[side], query, wanted):
                found[tuple(key)] = hashed
        return found

    yield both(look)


def execute(
    session: psycopg.Connection, query: sql.Composed, wanted: Wanted, *, binary: bool = False
) -> list[tuple[Any, ...]]:
    """Run a query over rows of the buckets by the plan that they are wanted by."""
    with session.transaction():
        session.execute(_SCANS.format("on" if wanted.scan else "off").encode())
        cursor = session.cursor(binary=binary)
        cursor.execute(query, {"wanted": _worth_hashing(wanted.numbers)}, prepare=False)
        return cursor.fetchall()


def _worth_hashing(numbers: Sequence[int]) -> list[int]:
    """Repeat a number until there are so many that the server looks them up in a hash table."""
    return [*numbers, *[numbers[0]] * (_HASHED_FROM - len(numbers))]
