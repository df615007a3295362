"""One pass over a table on both sides: chunks shared among workers, each with the same snapshot."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

import psycopg

from app.errors import DatabaseFailed
from app.migration.verify.digest import Chunk, Digest, digest
from app.migration.verify.session import Side, open_session, snapshot

if TYPE_CHECKING:
    from app.migration.verify.buckets import Buckets
    from app.migration.verify.pairing import TablePlan
    from app.migration.verify.source import Source

Team = Mapping[Side, Sequence["psycopg.Connection"]]
"""The sessions of each side; they see the same."""

CANCEL_SECONDS = 5.0
_HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"


class Watch(Protocol):
    """Told about every chunk; may wait before it, to spare the server."""

    def before(self, side: Side) -> None:
        """Return when the next chunk of a side may be read."""
        ...

    def after(self, side: Side, chunk: Chunk, sums: dict[Side, Digest]) -> None:
        """Take note of a chunk that has been read and added to the sums."""
        ...


class PartWatch(Watch, Protocol):
    """A watch that is also told about chunks whose sums others have added together."""

    def after_part(self, chunks: Mapping[Side, Sequence[Chunk]], sums: dict[Side, Digest]) -> None:
        """Take note of all chunks of a part."""
        ...


class Reading(Protocol):
    """Reads chunks of both sides; `scan` does, and so do others who have it done elsewhere."""

    def __call__(
        self,
        team: Team,
        *,
        plan: TablePlan,
        buckets: Buckets,
        chunks: Mapping[Side, Sequence[Chunk]],
        sums: dict[Side, Digest],
        watch: PartWatch,
    ) -> None:
        """Add the chunks to the sums. The sessions of the team hold the snapshots to read."""
        ...


@contextmanager
def open_team(sources: Mapping[Side, Source], *, workers: int) -> Iterator[Team]:
    """Open so many sessions on each side."""
    with ExitStack() as stack:
        yield {
            side: [stack.enter_context(open_session(source)) for _ in range(workers)]
            for side, source in sources.items()
        }


@contextmanager
def seeing_the_same(
    team: Team, *, exported: Mapping[Side, str] | None = None
) -> Iterator[Mapping[Side, int]]:
    """Hold one snapshot of each side in all its sessions; `exported` names snapshots to hold.

    Gives the oldest transaction that each snapshot may not see.
    """
    with ExitStack() as stack:
        horizons: dict[Side, int] = {}
        for side, (first, *others) in team.items():
            name = None if exported is None else exported[side]
            stack.enter_context(snapshot(first, imported=name))
            if others and name is None:
                name = exported_snapshot(first)
            for session in others:
                stack.enter_context(snapshot(session, imported=name))
            horizons[side] = int(_one(first, _HORIZON))
        yield horizons


def exported_snapshot(session: psycopg.Connection) -> str:
    """Return a name by which other sessions see the same, as long as this one's transaction is."""
    return _one(session, "SELECT pg_export_snapshot()")


def scan(
    team: Team,
    *,
    plan: TablePlan,
    buckets: Buckets,
    chunks: Mapping[Side, Sequence[Chunk]],
    sums: dict[Side, Digest],
    watch: Watch,
) -> None:
    """Add the chunks to the sums, both sides at once; the first error ends the pass."""
    queues = {side: deque(chunks[side]) for side in Side}
    merging = threading.Lock()
    failed = threading.Event()

    def work(side: Side, session: psycopg.Connection) -> None:
        try:
            while queues[side] and not failed.is_set():
                watch.before(side)
                try:
                    chunk = queues[side].popleft()
                except IndexError:
                    return
                part = digest(session, plan=plan, buckets=buckets, chunk=chunk)
                with merging:
                    sums[side].merge(part)
                    watch.after(side, chunk, sums)
        except BaseException:
            failed.set()
            raise

    tasks = [(side, session) for side in Side for session in team[side]]
    with ThreadPoolExecutor(max_workers=len(tasks)) as pool:
        working = [pool.submit(work, side, session) for side, session in tasks]
        try:
            for one in working:
                one.result()
        except BaseException:
            failed.set()
            _cancel(team)
            raise


def _cancel(team: Team) -> None:
    """End what is still running, so that nobody waits for a pass that is lost already."""
    for sessions in team.values():
        for session in sessions:
            with suppress(psycopg.Error):
                session.cancel_safe(timeout=CANCEL_SECONDS)


def _one(session: psycopg.Connection, query: str) -> str:
    row = session.execute(query.encode()).fetchone()
    if row is None:
        raise DatabaseFailed("The database gave no answer.")
    return str(row[0])
