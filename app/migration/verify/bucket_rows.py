"""The rows of buckets that differ: read from each side by their key, or by their hash and place."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from app.migration.verify.both import both
from app.migration.verify.buckets import Buckets, RangeBuckets
from app.migration.verify.session import Side

if TYPE_CHECKING:
    import psycopg

    from app.migration.verify.catalogue import Leaf
    from app.migration.verify.descent import Sessions
    from app.migration.verify.pairing import TablePlan

Rows = dict[tuple[str, ...], int]
"""The hash of each row by its key."""

PLACES_AT_ONCE = 10_000
_TID = struct.Struct(">IH")
_KEYS = "SELECT ARRAY[{keys}], h FROM {rows} AS rows"
# Two strings of numbers in the same order: nothing is quicker to take apart.
_HASHES = """
SELECT string_agg(int8send(h), ''), string_agg(tidsend(place), '') FROM {rows} AS rows
"""
_PLACED = "SELECT ARRAY[{keys}], {hash} FROM ONLY {leaf} WHERE ctid = ANY (%(wanted)s::tid[])"
_COLUMNS = "ctid AS place, {hash} AS h, {keys}"
# The server looks buckets up in a hash table only if they are of the very type, and known when it
# plans; else it goes through all of them for each row.
_SCANNED = "(SELECT {columns} FROM ONLY {leaf} WHERE {bucket} = ANY (%(wanted)s::int8[]) OFFSET 0)"
_LOOKED_UP = (
    "(SELECT found.* FROM unnest(%(wanted)s::int8[]) AS payshift_bad (bucket) CROSS JOIN LATERAL "
    "(SELECT {columns} FROM ONLY {leaf} WHERE {within} OFFSET 0) AS found)"
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
        return sql.SQL(_SCANNED).format(
            columns=columns, leaf=relation, bucket=self.buckets.expression
        )


def rows_by_key(sessions: Sessions, wanted: Wanted) -> dict[Side, Rows]:
    """Return every row of the buckets."""
    names = sql.SQL(", ").join(sql.Identifier(f"k{n}") for n in range(len(wanted.plan.key)))

    def look(side: Side) -> Rows:
        found: Rows = {}
        for leaf in wanted.plan.tables[side].leaves:
            query = sql.SQL(_KEYS).format(keys=names, rows=wanted.rows(leaf))
            for key, hashed in _execute(sessions[side], query, wanted):
                found[tuple(key)] = hashed
        return found

    return both(look)


def rows_of_unequal_hashes(sessions: Sessions, wanted: Wanted) -> dict[Side, Rows]:
    """Return the rows of the buckets whose hashes one side alone has.

    The buckets are read once; what differs is read again where it lies, whatever its key is.
    """
    placed = both(lambda side: [*_hashes(sessions[side], side, wanted)])
    unequal, right = (
        {hashed for _, hashes, _ in placed[side] for hashed in hashes} for side in Side
    )
    unequal ^= right
    right.clear()

    def look(side: Side) -> Rows:
        found: Rows = {}
        for leaf, hashes, places in placed[side]:
            there = [
                _TID.unpack_from(places, number * _TID.size)
                for number, hashed in enumerate(hashes)
                if hashed in unequal
            ]
            found |= _at(sessions[side], wanted, leaf, there)
        return found

    return both(look)


def _hashes(
    session: psycopg.Connection, side: Side, wanted: Wanted
) -> Iterator[tuple[Leaf, array[int], bytes]]:
    """Return of each leaf the hashes of its rows, and where they lie as (page, position)."""
    for leaf in wanted.plan.tables[side].leaves:
        query = sql.SQL(_HASHES).format(rows=wanted.rows(leaf))
        for hashes, places in _execute(session, query, wanted, binary=True):
            if hashes is not None:
                numbers = array("q", hashes)
                if sys.byteorder == "little":
                    numbers.byteswap()
                yield leaf, numbers, places


def _at(
    session: psycopg.Connection, wanted: Wanted, leaf: Leaf, places: Sequence[tuple[int, ...]]
) -> Rows:
    """Read the rows at these places, in the order of the disk."""
    query = sql.SQL(_PLACED).format(
        keys=sql.SQL(", ").join(wanted.keys),
        hash=wanted.plan.row_hash,
        leaf=sql.Identifier(leaf.schema_name, leaf.name),
    )
    ordered = [f"({page},{position})" for page, position in sorted(places)]
    found: Rows = {}
    for start in range(0, len(ordered), PLACES_AT_ONCE):
        some = ordered[start : start + PLACES_AT_ONCE]
        for key, hashed in session.execute(query, {"wanted": some}).fetchall():
            found[tuple(key)] = hashed
    return found


def _execute(
    session: psycopg.Connection, query: sql.Composed, wanted: Wanted, *, binary: bool = False
) -> list[tuple[Any, ...]]:
    with session.transaction():
        session.execute(_SCANS.format("on" if wanted.scan else "off").encode())
        cursor = session.cursor(binary=binary)
        cursor.execute(query, {"wanted": list(wanted.numbers)}, prepare=False)
        return cursor.fetchall()
