"""Has the parts of a table read by others, and adds up what they found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from psycopg import sql

from app.errors import DatabaseFailed
from app.migration.verify.checkpoint import unpack
from app.migration.verify.encoding import ENCODING
from app.migration.verify.parts.dividing import divided
from app.migration.verify.parts.part import Part, PartColumn, PartSums, page_ranges
from app.migration.verify.scan import exported_snapshot, scan
from app.migration.verify.session import Side

if TYPE_CHECKING:
    from collections.abc import Generator

    from app.migration.verify.buckets import Buckets
    from app.migration.verify.digest import Digest
    from app.migration.verify.pairing import TablePlan
    from app.migration.verify.parts.dividing import Chunks
    from app.migration.verify.scan import PartWatch, Team

_HOLD = "LOCK TABLE {} IN ACCESS SHARE MODE"


class Carrier(Protocol):
    """Has parts read by others."""

    @property
    def workers(self) -> int:
        """Promise how many parts are read at the same time."""
        ...

    def carry(self, parts: Sequence[Part]) -> Generator[PartSums]:
        """Give each part's sums as they come, in any order, some perhaps twice.

        Closed before its end, nothing goes on being read for longer than a part takes. Raises
        DatabaseFailed, WorldError.
        """
        ...


class PartsScan:
    """Reads a table as `scan` does, by a carrier. A table that is one part only is read here.

    Each table is a comparison of its own: `comparison` with a number behind it, never used before.
    `bytes_a_second` limits what all together read on each side. `pages_a_chunk` are the pages of
    one statement.
    """

    def __init__(
        self,
        carrier: Carrier,
        *,
        comparison: str,
        pages_a_chunk: int,
        bytes_a_second: float | None = None,
    ) -> None:
        self._carrier = carrier
        self._comparison = comparison
        self._tables = 0
        self._pages_a_chunk = pages_a_chunk
        self._rate = None if bytes_a_second is None else bytes_a_second / carrier.workers

    def __call__(
        self,
        team: Team,
        *,
        plan: TablePlan,
        buckets: Buckets,
        chunks: Chunks,
        sums: dict[Side, Digest],
        watch: PartWatch,
    ) -> None:
        """Add the chunks to the sums. Raises DatabaseFailed when a part's answer is missing."""
        groups = divided(chunks, workers=self._carrier.workers)
        if len(groups) <= 1:
            scan(team, plan=plan, buckets=buckets, chunks=chunks, sums=sums, watch=watch)
            return
        _hold_still(team, plan)
        parts = list(self._parts(team, plan, buckets, groups))
        left = dict(enumerate(groups))
        with closing(self._carrier.carry(parts)) as arriving:
            for found in arriving:
                read = left.pop(found.number, None)
                if read is None:  # twice: the first answer counts, and both are the same
                    continue
                for side in Side:
                    sums[side].merge(unpack(found.digests[side]))
                watch.after_part(read, sums)
        if left:
            raise DatabaseFailed(
                f"{len(left)} of {len(parts)} parts of {plan.name} were not read.",
                remedy="Run it again; nothing was changed.",
            )

    def _parts(
        self, team: Team, plan: TablePlan, buckets: Buckets, groups: Sequence[Chunks]
    ) -> Iterator[Part]:
        self._tables += 1
        snapshots = {side: exported_snapshot(team[side][0]) for side in Side}
        for number, group in enumerate(groups):
            yield Part(
                comparison=f"{self._comparison}-{self._tables}",
                number=number,
                table=plan.name,
                encoding=ENCODING,
                mode=plan.mode,
                key=tuple(map(PartColumn.of, plan.key)),
                others=tuple(map(PartColumn.of, plan.others)),
                buckets=buckets.shape,
                snapshots=snapshots,
                ranges={side: page_ranges(group[side]) for side in Side},
                pages_a_chunk=self._pages_a_chunk,
                bytes_a_second=self._rate,
            )


def _hold_still(team: Team, plan: TablePlan) -> None:
    """Let nobody write a table anew while its parts are read: pages would hold other rows then."""
    for side in Side:
        table = plan.tables[side]
        name = sql.Identifier(table.schema, table.name)
        team[side][0].execute(sql.SQL(_HOLD).format(name))
