"""The rows of buckets that differ, when they are many: first their hashes, then those that differ.

A million rows of one side are 14 MB here; all else is of one share of them at a time.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from psycopg import sql

from app.migration.verify.both import both
from app.migration.verify.bucket_rows import Rows, Wanted, execute
from app.migration.verify.session import Side

if TYPE_CHECKING:
    import psycopg

    from app.migration.verify.catalogue import Leaf
    from app.migration.verify.descent import Sessions

    Hashed = tuple[Leaf, Sequence[int], bytes]
    """The hashes of rows of a leaf, and the place of each as the server sends it."""

    Places = dict[Leaf, list[tuple[int, ...]]]
    """Where rows lie in each leaf: page and position."""

SHARES = 64
PLACES_AT_ONCE = 10_000
_HASH = struct.Struct(">q")
_PLACE = struct.Struct(">IH")
# A row has the same share on both sides if its hash is the same. Two strings of numbers in the same
# order: nothing is quicker to take apart.
_HASHES = """
SELECT h & {last} AS share, string_agg(int8send(h), ''), string_agg(tidsend(place), '')
FROM {rows} AS rows GROUP BY share
"""
_PLACED = "SELECT ARRAY[{keys}], {hash} FROM ONLY {leaf} WHERE ctid = ANY (%(wanted)s::tid[])"


def rows_of_unequal_hashes(sessions: Sessions, wanted: Wanted) -> Iterator[Mapping[Side, Rows]]:
    """Give the rows of the buckets whose hashes one side alone has, some of them at a time.

    The buckets are read once; what differs is read again where it lies, whatever its key is.
    """
    shares = both(lambda side: _shares(sessions[side], side, wanted))
    places: dict[Side, Places] = {side: {} for side in Side}
    for number in range(SHARES):
        share = {side: [*shares[side](number)] for side in Side}
        unequal, right = (
            {hashed for _, hashes, _ in share[side] for hashed in hashes} for side in Side
        )
        unequal ^= right
        for side in Side:
            _note_places(places[side], share[side], unequal)
        if number + 1 == SHARES or max(map(_count, places.values())) >= PLACES_AT_ONCE:
            yield both(partial(_rows_at, sessions, wanted, places))
            places = {side: {} for side in Side}


def _shares(
    session: psycopg.Connection, side: Side, wanted: Wanted
) -> Callable[[int], Iterator[Hashed]]:
    """Read hashes and places of all rows; return what takes one share of each leaf apart, once."""
    found: list[tuple[Leaf, dict[int, tuple[bytes, bytes]]]] = []
    for leaf in wanted.plan.tables[side].leaves:
        query = sql.SQL(_HASHES).format(rows=wanted.rows(leaf), last=sql.Literal(SHARES - 1))
        rows = execute(session, query, wanted, binary=True)
        found.append((leaf, {share: (hashes, places) for share, hashes, places in rows}))

    def share(number: int) -> Iterator[Hashed]:
        for leaf, shares in found:
            hashes, places = shares.pop(number, (b"", b""))
            yield leaf, [hashed for (hashed,) in _HASH.iter_unpack(hashes)], places

    return share


def _note_places(places: Places, share: Iterable[Hashed], unequal: Container[int]) -> None:
    for leaf, hashes, sent in share:
        places.setdefault(leaf, []).extend(
            _PLACE.unpack_from(sent, number * _PLACE.size)
            for number, hashed in enumerate(hashes)
            if hashed in unequal
        )


def _count(places: Places) -> int:
    return sum(map(len, places.values()))


def _rows_at(sessions: Sessions, wanted: Wanted, places: Mapping[Side, Places], side: Side) -> Rows:
    """Read the rows at these places, in the order of the disk."""
    found: Rows = {}
    for leaf, there in places[side].items():
        query = sql.SQL(_PLACED).format(
            keys=sql.SQL(", ").join(wanted.keys),
            hash=wanted.plan.row_hash,
            leaf=sql.Identifier(leaf.schema_name, leaf.name),
        )
        ordered = [f"({page},{position})" for page, position in sorted(there)]
        for start in range(0, len(ordered), PLACES_AT_ONCE):
            some = ordered[start : start + PLACES_AT_ONCE]
            for key, hashed in sessions[side].execute(query, {"wanted": some}).fetchall():
                found[tuple(key)] = hashed
    return found
