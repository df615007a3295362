"""One pass over a table: begun anew, or gone on with where a checkpoint left it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import sql

from app.migration.verify.both import both
from app.migration.verify.buckets import Buckets, choose_buckets, restored_buckets
from app.migration.verify.checkpoint import Checkpoint, ChunkDone, Partial, comparison_name, unpack
from app.migration.verify.digest import Chunk, Digest, chunks
from app.migration.verify.key_range import read_key_range
from app.migration.verify.key_spread import has_random_uuids
from app.migration.verify.session import Side

if TYPE_CHECKING:
    from app.migration.verify.descent import Sessions
    from app.migration.verify.pairing import TablePlan
    from app.migration.verify.watching import Observer

# Rows that were written by a transaction that an earlier snapshot may not have seen.
_LATER = """
SELECT DISTINCT b FROM (
    SELECT {bucket} AS b FROM ONLY {leaf}
    WHERE {range} AND age(xmin) <= age({horizon}::text::xid) OFFSET 0) AS later
"""
_XIDS = 2**32


@dataclass(slots=True, kw_only=True)
class TablePass:
    """What is left to read, what was read before, and a watch over the reading."""

    plan: TablePlan
    buckets: Buckets
    chunks: Mapping[Side, list[Chunk]]
    sums: dict[Side, Digest]
    horizons: Mapping[Side, int]
    observer: Observer
    checkpoint: Checkpoint | None
    earlier: list[ChunkDone] = field(default_factory=list)

    @property
    def notes(self) -> tuple[str, ...]:
        """Promise a line about what an earlier run had read."""
        left = sum(len(chunks) for chunks in self.chunks.values())
        done = len(self.earlier)
        return (f"{done} of {done + left} parts were read by an earlier run",) if done else ()

    def before(self, side: Side) -> None:
        """Return when the observer does."""
        self.observer.before(side)

    def after(self, side: Side, chunk: Chunk, sums: dict[Side, Digest]) -> None:
        """Tell the observer, and keep what was done."""
        self.observer.read(self.plan.name, side, chunk.pages)
        if self.checkpoint is not None:
            self.checkpoint.note([self._done(side, chunk)], sums)

    def after_part(self, chunks: Mapping[Side, Sequence[Chunk]], sums: dict[Side, Digest]) -> None:
        """Do so for all chunks of a part at once: their sums cannot be told apart."""
        read = [(side, chunk) for side, found in chunks.items() for chunk in found]
        for side, chunk in read:
            self.observer.read(self.plan.name, side, chunk.pages)
        if self.checkpoint is not None:
            self.checkpoint.note([self._done(side, chunk) for side, chunk in read], sums)

    def _done(self, side: Side, chunk: Chunk) -> ChunkDone:
        return ChunkDone(
            side=side,
            leaf=chunk.leaf.oid,
            first=chunk.first,
            end=chunk.end,
            horizon=self.horizons[side],
        )

    def later(self, sessions: Sessions) -> set[int]:
        """Return the buckets of rows that were written to chunks after these had been read."""
        found = both(lambda side: self._later(sessions, side))
        return found[Side.LEFT] | found[Side.RIGHT]

    def _later(self, sessions: Sessions, side: Side) -> set[int]:
        found: set[int] = set()
        leaves = {leaf.oid: leaf for leaf in self.plan.tables[side].leaves}
        for done in (one for one in self.earlier if one.side is side):
            chunk = Chunk(leaves[done.leaf], done.first, done.end, 0)
            query = sql.SQL(_LATER).format(
                bucket=self.buckets.expression,
                leaf=chunk.relation,
                range=chunk.range,
                horizon=sql.Literal(str(done.horizon % _XIDS)),
            )
            found.update(bucket for (bucket,) in sessions[side].execute(query))
        return found


def begin_pass(
    sessions: Sessions,
    *,
    plan: TablePlan,
    horizons: Mapping[Side, int],
    pages_a_chunk: int,
    observer: Observer,
    checkpoint: Checkpoint | None,
) -> TablePass:
    """Go on with this table if the checkpoint was in the middle of it and it is still the same."""
    kept = None if checkpoint is None else checkpoint.state.partial
    if kept is not None and kept.table == plan.name and kept.shape == _shape(plan):
        return _resumed(kept, plan, horizons, observer, checkpoint)
    buckets = choose_buckets(
        plan.key,
        rows=plan.rows,
        numbers=read_key_range(sessions, plan=plan),
        random=has_random_uuids(sessions, plan=plan),
        mode=plan.mode,
    )
    parts = {side: chunks(plan.tables[side], pages=pages_a_chunk) for side in Side}
    if checkpoint is not None:
        checkpoint.begin(
            Partial(
                table=plan.name,
                shape=_shape(plan),
                buckets=buckets.shape,
                chunks={
                    side: [(one.leaf.oid, one.first, one.end) for one in found]
                    for side, found in parts.items()
                },
                done=[],
            )
        )
    return TablePass(
        plan=plan,
        buckets=buckets,
        chunks=parts,
        sums={side: Digest() for side in Side},
        horizons=horizons,
        observer=observer,
        checkpoint=checkpoint,
    )


def _resumed(
    kept: Partial,
    plan: TablePlan,
    horizons: Mapping[Side, int],
    observer: Observer,
    checkpoint: Checkpoint | None,
) -> TablePass:
    done = {(one.side, one.leaf, one.first) for one in kept.done}
    left: dict[Side, list[Chunk]] = {}
    for side in Side:
        leaves = {leaf.oid: leaf for leaf in plan.tables[side].leaves}
        left[side] = [
            Chunk(leaves[leaf], first, end, max(0, (end or leaves[leaf].pages) - first))
            for leaf, first, end in kept.chunks[side]
            if (side, leaf, first) not in done
        ]
    kind, size = kept.buckets
    sums = {side: Digest() for side in Side}
    for side, text in kept.digests.items():
        sums[side].merge(unpack(text))
    return TablePass(
        plan=plan,
        buckets=restored_buckets(plan.key, kind=kind, size=size, mode=plan.mode),
        chunks=left,
        sums=sums,
        horizons=horizons,
        observer=observer,
        checkpoint=checkpoint,
        earlier=list(kept.done),
    )


def _shape(plan: TablePlan) -> str:
    """Name everything without which pages and sums of an earlier run mean nothing."""
    return comparison_name(
        columns=[(column.name, column.hasher.call, column.nullable) for column in plan.columns],
        key=[column.name for column in plan.key],
        mode=plan.mode.value,
        files={
            side.value: [(leaf.oid, leaf.filenode) for leaf in table.leaves]
            for side, table in plan.tables.items()
        },
    )
