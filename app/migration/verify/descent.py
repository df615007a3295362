"""From buckets that differ to the keys of the rows that do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from psycopg import sql

from app.migration.verify.both import both
from app.migration.verify.buckets import Buckets, RangeBuckets
from app.migration.verify.digest import integers
from app.migration.verify.session import Side

if TYPE_CHECKING:
    import psycopg

    from app.migration.verify.catalogue import Leaf
    from app.migration.verify.digest import Digest
    from app.migration.verify.pairing import TablePlan

Key = tuple[str, ...]
"""The key of a row: the text of each of its columns."""

Sessions = Mapping[Side, "psycopg.Connection"]

# So many rows are compared by key at once; more are first compared by two numbers each, of which a
# million of one side take about 100 MiB here.
FEW_ROWS = 20_000
MANY_ROWS = 1_000_000
# From this share of bad buckets on, reading everything in order beats looking them up.
_SCATTERED = 0.2

_KEYS = "SELECT ARRAY[{keys}], h FROM {rows} AS rows"
_NUMBERS = "SELECT array_send(array_agg(i)), array_send(array_agg(h)) FROM {rows} AS rows"
_COLUMNS = "{number} AS i, {hash} AS h, {keys}"
_SCANNED = "(SELECT {columns} FROM ONLY {leaf} WHERE {bucket} = ANY (%(wanted)s) OFFSET 0)"
_LOOKED_UP = (
    "(SELECT found.* FROM unnest(%(wanted)s::int8[]) AS payshift_bad (bucket) CROSS JOIN LATERAL "
    "(SELECT {columns} FROM ONLY {leaf} WHERE {within} OFFSET 0) AS found)"
)
# The planner cannot know that a range is short; a scan of the table for each would be endless.
_SCANS = "SET LOCAL enable_seqscan = {}"


def differing_keys(
    sessions: Sessions,
    *,
    plan: TablePlan,
    buckets: Buckets,
    digests: Mapping[Side, Digest],
    limit: int,
    suspected: Collection[int] = (),
) -> set[Key]:
    """Return the keys of rows that are not the same on both sides.

    Buckets that are `suspected` are looked into even if they are the same.
    When there are more than `limit`, at least so many of them. The sessions must see what the
    digests saw.
    """
    left, right = digests[Side.LEFT], digests[Side.RIGHT]
    bad = sorted({*left.differing(right), *suspected})
    most = max(len(left.buckets), len(right.buckets))
    scan = not isinstance(buckets, RangeBuckets) or len(bad) > _SCATTERED * most
    found: set[Key] = set()
    for batch, rows in _batches(bad, left, right):
        wanted = _Wanted(plan=plan, buckets=buckets, numbers=batch, scan=scan)
        if rows > FEW_ROWS:
            wanted = _narrowed(sessions, wanted)
        found |= _unequal(both(partial(_keys, sessions, wanted)))
        if len(found) >= limit:
            break
    return found


def _batches(bad: Sequence[int], left: Digest, right: Digest) -> Iterator[tuple[list[int], int]]:
    batch: list[int] = []
    rows = 0
    for bucket in bad:
        more = max(left.rows_in(bucket), right.rows_in(bucket))
        if batch and rows + more > MANY_ROWS:
            yield batch, rows
            batch, rows = [], 0
        batch.append(bucket)
        rows += more
    if batch:
        yield batch, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """The rows of some buckets, to be scanned for or looked up by the index."""

    plan: TablePlan
    buckets: Buckets
    numbers: Sequence[int]
    scan: bool

    def rows(self, leaf: Leaf) -> sql.Composed:
        """Return a subquery with the columns i (see `exact`), h (hash) and k0, k1, … (key)."""
        columns = sql.SQL(_COLUMNS).format(
            number=self.buckets.exact.expression,
            hash=self.plan.row_hash,
            keys=sql.SQL(", ").join(
                sql.SQL("{}::text AS {}").format(column.identifier, sql.Identifier(f"k{position}"))
                for position, column in enumerate(self.plan.key)
            ),
        )
        relation = sql.Identifier(leaf.schema_name, leaf.name)
        if isinstance(self.buckets, RangeBuckets) and not self.scan:
            within = self.buckets.within(sql.SQL("payshift_bad.bucket"))
            return sql.SQL(_LOOKED_UP).format(columns=columns, leaf=relation, within=within)
        return sql.SQL(_SCANNED).format(
            columns=columns, leaf=relation, bucket=self.buckets.expression
        )


def _narrowed(sessions: Sessions, wanted: _Wanted) -> _Wanted:
    """Reduce many rows to those that differ, by two numbers a row."""
    found = both(lambda side: set(_numbers(sessions[side], side, wanted)))
    differing = found[Side.LEFT] ^ found[Side.RIGHT]
    return _Wanted(
        plan=wanted.plan,
        buckets=wanted.buckets.exact,
        numbers=sorted({number for number, _ in differing}),
        scan=not isinstance(wanted.buckets, RangeBuckets),
    )


def _numbers(session: psycopg.Connection, side: Side, wanted: _Wanted) -> Iterator[tuple[int, int]]:
    for leaf in wanted.plan.tables[side].leaves:
        query = sql.SQL(_NUMBERS).format(rows=wanted.rows(leaf))
        for numbers, hashes in _execute(session, query, wanted, binary=True):
            if numbers is not None:
                yield from zip(integers(numbers), integers(hashes), strict=True)


def _keys(sessions: Sessions, wanted: _Wanted, side: Side) -> dict[Key, int]:
    names = sql.SQL(", ").join(sql.Identifier(f"k{n}") for n in range(len(wanted.plan.key)))
    found: dict[Key, int] = {}
    for leaf in wanted.plan.tables[side].leaves:
        query = sql.SQL(_KEYS).format(keys=names, rows=wanted.rows(leaf))
        for key, hashed in _execute(sessions[side], query, wanted):
            found[tuple(key)] = hashed
    return found


def _execute(
    session: psycopg.Connection, query: sql.Composed, wanted: _Wanted, *, binary: bool = False
) -> list[tuple[Any, ...]]:
    with session.transaction():
        session.execute(_SCANS.format("on" if wanted.scan else "off").encode())
        return session.execute(query, {"wanted": list(wanted.numbers)}, binary=binary).fetchall()


def _unequal(found: Mapping[Side, Mapping[Key, int]]) -> set[Key]:
    left, right = found[Side.LEFT], found[Side.RIGHT]
    return {key for key in left.keys() | right.keys() if left.get(key) != right.get(key)}
