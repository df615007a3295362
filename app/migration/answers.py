"""What a handover answers without moving anything: to a run it knows, or when nothing is to do."""

from __future__ import annotations

from datetime import UTC, datetime

from app.errors import HandoverRefused
from app.migration import journal
from app.migration.handover_result import HandoverResult
from app.migration.replication.base import Sessions
from app.migration.sites import Databases, Site
from app.migration.standing import Standing
from app.migration.status import status


def answer_of_known_run(
    sessions: Sessions, *, standing: Standing, to: Site, run_id: str
) -> HandoverResult | None:
    """Return the answer to a run that has ended or is older than the newest; None to go on.

    Raises HandoverRefused for a run that was refused or aborted before.
    """
    ended = journal.ending(sessions.values(), run_id=run_id)
    if ended is not None and ended.step in {journal.REFUSED, journal.ABORTED}:
        raise HandoverRefused(
            f"Run {run_id} was {ended.step} before: {ended.detail.get('reason', 'no reason kept')}",
            remedy="Start a new run.",
        )
    if ended is not None and ended.step == journal.COMPLETED:
        return HandoverResult.from_record(ended.detail, changed=False)
    if ended is not None or run_id < journal.newest_run(sessions.values()):
        return unchanged(standing, to=to, run_id=run_id)
    return None


def insist_on_newest(sessions: Sessions, *, run_id: str) -> None:
    """Raise HandoverRefused when a newer run has written into a journal: somebody said stop."""
    newest = journal.newest_run(sessions.values())
    if newest > run_id:
        raise HandoverRefused(
            f"Run {run_id} was asked to stop by run {newest}.", remedy="Start a new run."
        )


def insist_on_writer(result: HandoverResult, databases: Databases) -> None:
    """Raise HandoverRefused when a run moved nothing although another site writes, or nobody."""
    if result.changed:
        return
    writer = status(databases).writer
    if writer is not result.to:
        raise HandoverRefused(
            f"run {result.run_id} moved nothing, and the writer is {writer or 'nobody'}",
            remedy="a newer run has been here: start a new one",
        )


def unchanged(standing: Standing, *, to: Site, run_id: str) -> HandoverResult:
    """Return the answer of a call that moved nothing, whoever it asked for."""
    return HandoverResult(
        run_id=run_id,
        from_=standing.last,
        to=to,
        epoch=standing.epoch,
        changed=False,
        started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )
