"""Counts and hashes of a table by bucket, computed inside one database by sequential scans."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    import psycopg

    from app.migration.verify.buckets import Buckets
    from app.migration.verify.catalogue import Leaf, Table
    from app.migration.verify.pairing import TablePlan

PAGES_A_CHUNK = 131_072  # 1 GiB: seconds of work, and few partial sums of the same bucket

# The subquery is a fence: estimated through it, the groups are few and go into a hash table; seen
# directly, the planner expects as many groups as there are keys and sorts. One row of three arrays
# is what a client can take apart fastest.
_DIGEST = """
SELECT array_send(array_agg(b)), array_send(array_agg(n)), array_send(array_agg(x)) FROM (
    SELECT b, count(*) AS n, bit_xor(h) AS x
    FROM (SELECT {bucket} AS b, {hash} AS h FROM ONLY {leaf} WHERE {range} OFFSET 0) AS hashed
    GROUP BY b) AS bucketed
"""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Pages `first` to before `end` of a leaf; without an `end`, all that follows."""

    leaf: Leaf
    first: int
    end: int | None
    pages: int

    @property
    def range(self) -> sql.Composable:
        """Promise a condition that PostgreSQL answers by reading these pages in order."""
        if self.first == 0 and self.end is None:
            # Reading all of it as a range of places takes a twentieth longer.
            return sql.SQL("true")
        lower = sql.SQL("ctid >= {}::tid").format(sql.Literal(f"({self.first},0)"))
        if self.end is None:
            return lower
        upper = sql.SQL("ctid < {}::tid").format(sql.Literal(f"({self.end},0)"))
        return sql.SQL("{} AND {}").format(lower, upper)

    @property
    def relation(self) -> sql.Identifier:
        """Promise the quoted name of the leaf."""
        return sql.Identifier(self.leaf.schema_name, self.leaf.name)


def chunks(table: Table, *, pages: int = PAGES_A_CHUNK) -> list[Chunk]:
    """Divide a table; the last chunk of each leaf has no end, so that nothing is left out."""
    found: list[Chunk] = []
    for leaf in table.leaves:
        starts = list(range(0, max(leaf.pages, 1), pages))
        for first, end in zip(starts, [*starts[1:], None], strict=True):
            found.append(Chunk(leaf, first, end, min(pages, leaf.pages - first)))
    return found


Sum = tuple[int, int, int]
"""A bucket, its rows, and the exclusive or of their hashes as an unsigned number."""

_HASH_BITS = 64
_HASH = (1 << _HASH_BITS) - 1


class Digest:
    """Of each bucket, the number of rows and the exclusive or of their hashes.

    Both are kept in one number, the rows above the 64 bits of the hash: of all that a comparison
    holds, this alone grows with the table, up to the most buckets that a table has.
    """

    __slots__ = ("_sums",)

    def __init__(self) -> None:
        self._sums: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._sums)

    def __iter__(self) -> Iterator[Sum]:
        for bucket, one in self._sums.items():
            yield bucket, one >> _HASH_BITS, one & _HASH

    def merge(self, others: Iterable[Sum]) -> None:
        """Add what was found in another part of the table."""
        sums = self._sums
        for bucket, rows, hashed in others:
            sums[bucket] = (sums.get(bucket, 0) ^ hashed) + (rows << _HASH_BITS)

    def rows_in(self, bucket: int) -> int:
        """Return how many rows a bucket has."""
        return self._sums.get(bucket, 0) >> _HASH_BITS

    @property
    def rows(self) -> int:
        """Promise the number of all rows."""
        return sum(one >> _HASH_BITS for one in self._sums.values())

    def differing(self, other: Digest) -> list[int]:
        """Return the buckets that are not the same in both, smallest first."""
        mine, theirs = self._sums, other._sums
        bad = [bucket for bucket, found in mine.items() if theirs.get(bucket) != found]
        bad += [bucket for bucket in theirs if bucket not in mine]
        return sorted(bad)


def digest(
    session: psycopg.Connection, *, plan: TablePlan, buckets: Buckets, chunk: Chunk
) -> Iterator[Sum]:
    """Read a chunk once, in the order of the disk; give the sum of each of its buckets."""
    query = sql.SQL(_DIGEST).format(
        bucket=buckets.expression, hash=plan.row_hash, leaf=chunk.relation, range=chunk.range
    )
    row = session.execute(query, binary=True).fetchone()
    if row is None or row[0] is None:
        return iter(())
    numbers, rows, hashes = row
    return zip(_signed(numbers), _signed(rows), _unsigned(hashes), strict=True)


def _signed(sent: bytes) -> Iterator[int]:
    """Read the binary form of an int8[] without NULLs: a header of 20 bytes, then length, value."""
    return (value for _, value in struct.iter_unpack(">iq", memoryview(sent)[20:]))


def _unsigned(sent: bytes) -> Iterator[int]:
    return (value for _, value in struct.iter_unpack(">iQ", memoryview(sent)[20:]))
