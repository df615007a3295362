"""Reads one part: in a function, or in a process of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from app.errors import DatabaseFailed, InputError
from app.migration.verify.checkpoint import pack
from app.migration.verify.digest import Digest
from app.migration.verify.pace import Pace
from app.migration.verify.parts.part import Part, PartSums
from app.migration.verify.scan import open_team, scan, seeing_the_same
from app.migration.verify.session import Side
from app.migration.verify.watching import Silent

if TYPE_CHECKING:
    from app.migration.verify.digest import Chunk
    from app.migration.verify.scan import Team
    from app.migration.verify.source import Source

# What PostgreSQL 14 and later ones say of a snapshot that nobody holds any more.
_GONE = (
    psycopg.errors.InvalidParameterValue,
    psycopg.errors.UndefinedObject,
    psycopg.errors.ObjectNotInPrerequisiteState,
)


def read_part(part: Part, sources: Mapping[Side, Source]) -> PartSums:
    """Read both sides at once under the part's snapshots. The same part gives the same sums.

    Raises InputError when the snapshots are gone, DatabaseFailed when a server is.
    """
    sums = {side: Digest() for side in Side}
    try:
        with open_team(sources, workers=1) as team, ExitStack() as stack:
            _see(stack, team, part)
            scan(
                team,
                plan=part.plan(),
                buckets=part.restored_buckets(),
                chunks=part.chunks(),
                sums=sums,
                watch=_Paced.begun(part),
            )
    except psycopg.Error as error:
        raise DatabaseFailed(
            f"Part {part.number} of {part.table} cannot be read: {' '.join(str(error).split())}",
            remedy="Run it again; nothing was changed.",
        ) from error
    return PartSums(
        comparison=part.comparison,
        number=part.number,
        digests={side: pack(digest) for side, digest in sums.items()},
    )


def _see(stack: ExitStack, team: Team, part: Part) -> None:
    try:
        stack.enter_context(seeing_the_same(team, exported=part.snapshots))
    except _GONE as error:
        raise InputError(
            f"the snapshot of comparison {part.comparison} is gone",
            remedy="run payshift verify again: its parts are of use only while it waits for them",
        ) from error


@dataclass(frozen=True, slots=True)
class _Paced:
    """Holds the reading back to the part's rate."""

    part: Part
    pace: Pace

    @classmethod
    def begun(cls, part: Part) -> _Paced:
        pace = Pace(Silent(), most_bytes=part.bytes_a_second, lags=None)
        pace.begin({side: sum(one.pages for one in part.ranges[side]) for side in Side})
        return cls(part, pace)

    def before(self, side: Side) -> None:
        self.pace.before(side)

    def after(self, side: Side, chunk: Chunk, _sums: dict[Side, Digest]) -> None:
        self.pace.read(self.part.table, side, chunk.pages)
