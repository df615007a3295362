"""How the rows of a table are divided into buckets, so that each bucket can be compared by itself.

Rows are read in the order in which they lie on the disk, whatever their keys are. The bucket of a
row depends on its key alone, so both sides put it into the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import sql

from app.migration.verify.encoding import ComparedColumn, Mode, key_hash

# Small enough that a bad bucket is looked into at once.
ROWS_A_BUCKET = 64
# Few enough to stay in a processor's cache while rows come in any order. Of 5 million rows under
# random keys, 2^17 buckets took a quarter longer than 2^14; but finding 10,000 rows scattered over
# 2^14 took 2.4 times the clean pass, because nearly half of all rows lay in buckets that differ.
MOST_BUCKETS = 2**15
INTEGERS = frozenset({"int2", "int4", "int8"})
RANGES, HASHES, RANDOM = "ranges", "hashes", "random"
# Keys with larger holes would leave most ranges empty.
_SPARSE = 4
# From this share of what could be looked up on, reading everything in order beats looking up.
_SCATTERED = 0.2
_BYTE = 8


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

    def scattered(self, bad: Sequence[int], *, most: int) -> bool:
        """Tell whether to read everything rather than look these of so many buckets up."""
        return len(bad) > _SCATTERED * most

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

    def scattered(self, bad: Sequence[int], *, most: int) -> bool:  # noqa: ARG002
        """Promise that there is nothing but to read everything."""
        return True

    @property
    def shape(self) -> tuple[str, int]:
        """Promise what these buckets can be made from again."""
        return HASHES, self.bits


@dataclass(frozen=True, slots=True)
class RandomBuckets:
    """A random uuid: its first byte, which its index finds again, and then bits of its hash.

    To find rows, the index is read for a 256th of the table, not the table.
    """

    key: ComparedColumn
    bits: int
    mode: Mode

    @property
    def expression(self) -> sql.Composable:
        """Promise the bucket of a row, an int8."""
        return sql.SQL("((get_byte(uuid_send({}), 0)::int8 << {}) | ({} & {}))").format(
            self.key.identifier,
            sql.Literal(self._low_bits),
            key_hash([self.key], mode=self.mode),
            sql.Literal((1 << self._low_bits) - 1),
        )

    def stretches(self, bad: Sequence[int]) -> list[tuple[str, str]]:
        """Return the first and the last uuid of each stretch of keys that has such buckets."""
        firsts = sorted({bucket >> self._low_bits for bucket in bad})
        return [(_uuid(first), _uuid(first + 1, minus=1)) for first in firsts]

    def scattered(self, bad: Sequence[int], *, most: int) -> bool:  # noqa: ARG002
        """Tell whether to read everything rather than look these of so many buckets up."""
        most_stretches = int(_SCATTERED * 2**_BYTE)
        return len(self.stretches(bad)) > most_stretches

    @property
    def _low_bits(self) -> int:
        return self.bits - _BYTE

    @property
    def shape(self) -> tuple[str, int]:
        """Promise what these buckets can be made from again."""
        return RANDOM, self.bits


def _uuid(first_byte: int, *, minus: int = 0) -> str:
    """Return the first uuid that begins with this byte, or one before it."""
    return str(UUID(int=(first_byte << (128 - _BYTE)) - minus))


Buckets = RangeBuckets | HashBuckets | RandomBuckets


@dataclass(frozen=True, slots=True)
class KeyRange:
    """The smallest and the largest integer key of a table."""

    lowest: int
    highest: int


def restored_buckets(key: Sequence[ComparedColumn], *, kind: str, size: int, mode: Mode) -> Buckets:
    """Return the buckets that such a `shape` belongs to."""
    if kind == RANGES:
        return RangeBuckets(key[0], shift=size)
    if kind == RANDOM:
        return RandomBuckets(key[0], bits=size, mode=mode)
    return HashBuckets(tuple(key), bits=size, mode=mode)


def choose_buckets(
    key: Sequence[ComparedColumn],
    *,
    rows: int,
    numbers: KeyRange | None,
    mode: Mode,
    random: bool = False,
) -> Buckets:
    """Choose the buckets of a table with about so many rows.

    `numbers` is None unless the key is one integer column; `random` tells that it is one random
    uuid.
    """
    wanted = max(1, min(MOST_BUCKETS, rows // ROWS_A_BUCKET))
    if numbers is not None:
        span = numbers.highest - numbers.lowest + 1
        if span <= _SPARSE * max(rows, ROWS_A_BUCKET):
            return RangeBuckets(key[0], shift=max(0, (span // wanted).bit_length() - 1))
    bits = (wanted - 1).bit_length()
    if random and bits > _BYTE:
        return RandomBuckets(key[0], bits=bits, mode=mode)
    return HashBuckets(tuple(key), bits=bits, mode=mode)
