"""From buckets that differ to the keys of the rows that do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from app.migration.verify.bucket_rows import Wanted, rows_by_key
from app.migration.verify.buckets import Buckets
from app.migration.verify.session import Side
from app.migration.verify.unequal_rows import rows_of_unequal_hashes

if TYPE_CHECKING:
    import psycopg

    from app.migration.verify.digest import Digest
    from app.migration.verify.pairing import TablePlan

Key = tuple[str, ...]
"""The key of a row: the text of each of its columns."""

Sessions = Mapping[Side, "psycopg.Connection"]

# So many rows are compared by key at once. More are first compared by their hashes alone; only
# those that differ are read, by their place. The command held 170 MiB when every row differed; with
# half as many again at once, 210.
FEW_ROWS = 20_000
MANY_ROWS = 1_000_000


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
    scan = buckets.scattered(bad, most=max(len(left), len(right)))
    found: set[Key] = set()
    for batch, rows in _batches(bad, left, right):
        wanted = Wanted(plan=plan, buckets=buckets, numbers=batch, scan=scan)
        look = rows_by_key if rows <= FEW_ROWS else rows_of_unequal_hashes
        for some in look(sessions, wanted):
            found |= _unequal(some)
            if len(found) >= limit:
                return found
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


def _unequal(found: Mapping[Side, Mapping[Key, int]]) -> set[Key]:
    left, right = found[Side.LEFT], found[Side.RIGHT]
    return {key for key in left.keys() | right.keys() if left.get(key) != right.get(key)}
