"""How the rows of a table are divided into buckets, so that each bucket can be compared by itself.

Rows are read in the order in which they lie on the disk, whatever their keys are. The bucket of a
row depends on its key alone, so both sides put it into the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from app.migration.verify.encoding import ComparedColumn, Mode, key_hash

# Small enough that a bad bucket is looked into at once; many enough that the buckets of a server's
# pass stay in its memory (about 30 MB) and those of both sides in ours.
ROWS_A_BUCKET = 64
MOST_BUCKETS = 2**17
INTEGERS = frozenset({"int2", "int4", "int8"})
RANGES, HASHES = "ranges", "hashes"
# Keys with larger holes would leave most ranges empty.
_SPARSE = 4


@dataclass(frozen=True, slots=True)
class RangeBuckets:
    """Neighbours of an integer key: 2^shift numbers each, found again by the key's index."""

    key: ComparedColumn
    shift: int

    @property
    def expression(self) -> sql.Composable:
        """Promise the bucket of a row, an int8."""
        return sql.SQL("({}::int8 >> {})").format(self.key.identifier, sql.Literal(self.shift))

    def within(self, bad: sql.Composable) -> sql.Composable:
        """Return a condition that an index answers; `bad` is an expression: one bucket."""
        first = sql.SQL("({}::int8 << {})").format(bad, sql.Literal(self.shift))
        return sql.SQL("{key} BETWEEN {first} AND {first} + {width}").format(
            key=self.key.identifier, first=first, width=sql.Literal((1 << self.shift) - 1)
        )

    @property
    def shape(self) -> tuple[str, int]:
        """Promise what these buckets can be made from again."""
        return RANGES, self.shift


@dataclass(frozen=True, slots=True)
class HashBuckets:
    """Any key: the low bits of its hash. A bad bucket is found by one more sequential scan."""

    key: tuple[ComparedColumn, ...]
    bits: int
    mode: Mode

    @property
    def expression(self) -> sql.Composable:
        """Promise the bucket of a row, an int8."""
        hashed = key_hash(self.key, mode=self.mode)
        return sql.SQL("({} & {})").format(hashed, sql.Literal((1 << self.bits) - 1))

    @property
    def shape(self) -> tuple[str, int]:
        """Promise what these buckets can be made from again."""
        return HASHES, self.bits


Buckets = RangeBuckets | HashBuckets


@dataclass(frozen=True, slots=True)
class KeyRange:
    """The smallest and the largest integer key of a table."""

    lowest: int
    highest: int


def restored_buckets(key: Sequence[ComparedColumn], *, kind: str, size: int, mode: Mode) -> Buckets:
    """Return the buckets that such a `shape` belongs to."""
    if kind == RANGES:
        return RangeBuckets(key[0], shift=size)
    return HashBuckets(tuple(key), bits=size, mode=mode)


def choose_buckets(
    key: Sequence[ComparedColumn], *, rows: int, numbers: KeyRange | None, mode: Mode
) -> Buckets:
    """Choose the buckets of a table with about so many rows.

    `numbers` is None unless the key is one integer column.
    """
    wanted = max(1, min(MOST_BUCKETS, rows // ROWS_A_BUCKET))
    if numbers is not None:
        span = numbers.highest - numbers.lowest + 1
        if span <= _SPARSE * max(rows, ROWS_A_BUCKET):
            return RangeBuckets(key[0], shift=max(0, (span // wanted).bit_length() - 1))
    return HashBuckets(tuple(key), bits=(wanted - 1).bit_length(), mode=mode)
