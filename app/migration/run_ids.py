"""Names of runs sort by time: what is newer decides, so a clock that is behind must not."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg

from app.errors import DatabaseFailed, WorldError
from app.migration import journal
from app.migration.connection import connect

if TYPE_CHECKING:
    from app.migration.sites import Databases

MOMENT = "%Y%m%dT%H%M%S.%f"


def sorted_after(run_id: str, newest: str) -> str:
    """Return the run id, with another moment if it did not sort after the newest one.

    Raises WorldError when that one has no moment to go on from.
    """
    if run_id > newest:
        return run_id
    moment = started(newest) + timedelta(microseconds=1)
    return f"{moment:{MOMENT}}Z{run_id.partition('Z')[2]}"


def seconds_behind(run_id: str, newest: str) -> float:
    """Tell by how much a run id is too early to sort after the newest one; 0 when it is not."""
    if run_id > newest:
        return 0.0
    return (started(newest) - started(run_id)).total_seconds()


def started(run_id: str) -> datetime:
    """Return when a run began, which its name says. Raises WorldError when it does not."""
    try:
        return datetime.strptime(run_id.partition("Z")[0], MOMENT).replace(tzinfo=UTC)
    except ValueError as error:
        raise WorldError(
            f"The name of run {run_id} does not say when it began.",
            remedy="See who gave it: names of runs sort by time.",
        ) from error


def tells_time(run_id: str) -> bool:
    """Tell whether a name is that of a run."""
    try:
        started(run_id)
    except WorldError:
        return False
    return True


def newest_known(databases: Databases) -> str:
    """Return the newest run that a database remembers; one that is away is asked nothing."""
    found = [""]
    for settings in databases.values():
        with (
            suppress(DatabaseFailed, psycopg.Error),
            connect(settings, application_name="payshift-runs") as session,
        ):
            found.append(journal.newest_run([session]))
    return max(found)
