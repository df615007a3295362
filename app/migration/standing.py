"""Who writes, put together from what both databases say, and mending what was left half done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import DatabaseFailed
from app.migration import journal
from app.migration.fence import WriterState, publish, read_writer, settle
from app.migration.handover_result import HandoverResult
from app.migration.replication.base import Replication, Sessions
from app.migration.sites import Site

if TYPE_CHECKING:
    import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`last` wrote last; it is still accepting unless a handover was interrupted."""

    last: Site
    epoch: int
    accepting: bool
    position: str | None

    @property
    def writer(self) -> Site | None:
        """Promise the site that accepts writes now; None when nobody does."""
        return self.last if self.accepting else None


def read_standing(sessions: Sessions) -> Standing:
    """Return who writes. Raises DatabaseFailed when two do, or when nobody ever did."""
    states = {site: read_writer(session) for site, session in sessions.items()}
    wrong = [site for site, state in states.items() if state.site is not site]
    if wrong:
        raise DatabaseFailed(f"The database that should be {wrong[0]} says that it is not.")
    accepting = [site for site, state in states.items() if state.accepting]
    if len(accepting) > 1:
        raise DatabaseFailed(
            "Both databases accept writes.",
            remedy="Stop one side's clients and compare both before anything else is moved.",
        )
    return _standing(states, accepting=accepting)


def _standing(states: dict[Site, WriterState], *, accepting: list[Site]) -> Standing:
    own = [state for state in states.values() if state.writer is state.site]
    if not own:
        raise DatabaseFailed("Neither database has ever been the writer; prepare them first.")
    last = states[accepting[0]] if accepting else max(own, key=lambda state: state.epoch)
    return Standing(
        last=last.site, epoch=last.epoch, accepting=last.accepting, position=last.position
    )


def finish_tail(sessions: Sessions, *, standing: Standing, replication: Replication) -> None:
    """Do what follows the change of writer if it is not done: publish, turn, journal.

    Idempotent; does nothing while nobody writes.
    """
    if standing.writer is None:
        return
    writer = standing.last
    settle(sessions[writer])
    publish(sessions[writer.other], writer=writer, epoch=standing.epoch)
    replication.turn(sessions=sessions, writer=writer, position=standing.position)
    left = journal.incomplete(sessions[writer], epoch=standing.epoch)
    if left is None:
        return
    run_id, detail, measured = left
    record = detail if measured else _rebuilt(sessions, standing, run_id=run_id, detail=detail)
    complete(sessions, writer=writer, record={**record, "resumed": True})


def complete(sessions: Sessions, *, writer: Site, record: journal.Record) -> None:
    """Journal a finished handover at both sites, the old writer's first."""
    for site in (writer.other, writer):
        journal.write(
            sessions[site],
            run_id=record["run_id"],
            step=journal.COMPLETED,
            epoch=record["epoch"],
            detail=record,
        )


def _rebuilt(
    sessions: Sessions, standing: Standing, *, run_id: str, detail: journal.Record
) -> journal.Record:
    """Return the record of a handover whose process died: the pause by the two servers' clocks."""
    fenced = _moment(sessions[standing.last.other], run_id=run_id, step=journal.FENCED)
    unfenced = _moment(sessions[standing.last], run_id=run_id, step=journal.UNFENCED)
    return HandoverResult(
        run_id=run_id,
        from_=standing.last.other,
        to=standing.last,
        epoch=standing.epoch,
        changed=True,
        started_at=str(detail.get("started_at", "")),
        pause_ms=round(1e3 * max(0.0, unfenced - fenced), 3),
    ).as_record()


def _moment(connection: psycopg.Connection, *, run_id: str, step: str) -> float:
    row = connection.execute(
        "SELECT coalesce(min(extract(epoch FROM at)), 0)::float8 FROM payshift.journal "
        "WHERE run_id = %s AND step = %s",
        (run_id, step),
    ).fetchone()
    return 0.0 if row is None else float(row[0])
