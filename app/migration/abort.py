"""Ending a handover from outside: one that runs is asked to stop, one that died is taken back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg

from app.errors import DatabaseFailed
from app.migration import journal
from app.migration.connection import connect
from app.migration.deadline import Deadline
from app.migration.fence import accept_again, read_writer
from app.migration.run_ids import newest_known, sorted_after
from app.migration.sessions import open_sessions
from app.migration.sites import Databases, Site
from app.migration.standing import read_standing


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortResult:
    """Who writes now. `taken_back` when a fence stood; `too_late` when the writer had moved."""

    writer: Site
    epoch: int
    taken_back: bool
    too_late: bool

    def as_record(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "writer": self.writer.value,
            "epoch": self.epoch,
            "taken_back": self.taken_back,
            "too_late": self.too_late,
        }


def abort(databases: Databases, *, run_id: str, deadline_seconds: float) -> AbortResult:
    """Let the site that wrote last go on, and stop whoever is about to move the writer away.

    A handover that runs notices before its fence, because the abort's id is made to sort after
    every run that is known; behind it, it has seconds left, and is waited for. Raises
    HandoverRefused when it does not end in time, DatabaseFailed when a database that is needed for
    the answer is away.
    """
    deadline = Deadline(seconds=deadline_seconds)
    run_id = sorted_after(run_id, newest_known(databases))
    epoch = _ask_to_stop(databases, run_id=run_id)
    try:
        with open_sessions(
            databases, deadline=deadline, patience_seconds=deadline.remaining
        ) as sessions:
            standing = read_standing(sessions)
            taken_back = standing.writer is None and accept_again(
                sessions[standing.last],
                run_id=run_id,
                epoch=standing.epoch,
                detail={"reason": "aborted"},
            )
    except psycopg.Error as error:
        raise DatabaseFailed(
            f"A database failed during the abort: {error}",
            remedy="Abort again as soon as both databases answer.",
        ) from error
    return AbortResult(
        writer=standing.last,
        epoch=standing.epoch,
        taken_back=taken_back,
        too_late=standing.epoch > epoch,
    )


def _ask_to_stop(databases: Databases, *, run_id: str) -> int:
    """Leave word at every site that can be reached; return the epoch at which it was left."""
    epoch = 0
    for settings in databases.values():
        # One that is away is no reason not to ask the other; what follows needs both and says so.
        with (
            suppress(DatabaseFailed, psycopg.Error),
            connect(settings, application_name="payshift-abort") as session,
        ):
            known = read_writer(session).epoch
            journal.write(
                session, run_id=run_id, step=journal.ASKED_TO_STOP, epoch=known, detail={}
            )
            epoch = max(epoch, known)
    return epoch
