"""What handovers did, step by step, as both databases remember it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

STARTED, FENCED, UNFENCED, MEASURED = "started", "fenced", "unfenced", "measured"
ASKED_TO_STOP = "asked to stop"  # by somebody else's run, before it had its turn
GATE = "gate"  # a run that has begun to look, and may never hand over
# A run that reached one of these is over and is never taken up again.
COMPLETED, UNCHANGED, REFUSED, ABORTED = "completed", "unchanged", "refused", "aborted"
ENDED = (COMPLETED, UNCHANGED, REFUSED, ABORTED)

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How a run ended."""

    run_id: str
    step: str
    detail: Record


def write(
    connection: psycopg.Connection, *, run_id: str, step: str, epoch: int, detail: Record
) -> None:
    """Add a step; one that this run has taken in this epoch already is not added again."""
    connection.execute(
        "INSERT INTO payshift.journal (run_id, step, epoch, detail) "
        "SELECT %(run)s, %(step)s, %(epoch)s, %(detail)s::jsonb WHERE NOT EXISTS (SELECT FROM "
        "payshift.journal WHERE run_id = %(run)s AND step = %(step)s AND epoch = %(epoch)s)",
        {"run": run_id, "step": step, "epoch": epoch, "detail": json.dumps(detail)},
    )


def ending(connections: Iterable[psycopg.Connection], *, run_id: str) -> Entry | None:
    """Return how the run ended, if any database knows; None when it is unknown or unfinished."""
    for connection in connections:
        row = connection.execute(
            "SELECT step, detail FROM payshift.journal WHERE run_id = %s AND step = ANY(%s) "
            "ORDER BY id DESC LIMIT 1",
            (run_id, list(ENDED)),
        ).fetchone()
        if row is not None:
            return Entry(run_id=run_id, step=row[0], detail=row[1])
    return None


def newest_run(connections: Iterable[psycopg.Connection]) -> str:
    """Return the run id that sorts last in any of the databases; empty when there is none."""
    found = (
        connection.execute("SELECT max(run_id) FROM payshift.journal").fetchone()
        for connection in connections
    )
    return max((row[0] for row in found if row is not None and row[0] is not None), default="")


def incomplete(connection: psycopg.Connection, *, epoch: int) -> tuple[str, Record, bool] | None:
    """Return a change to `epoch` that was made here and never completed: run, record, measured.

    What the process measured is the record if it lived long enough to write it down.
    """
    row = connection.execute(
        "SELECT run_id, detail, step = 'measured' FROM payshift.journal u "
        "WHERE step IN ('unfenced', 'measured') AND epoch = %s AND NOT EXISTS ("
        "SELECT FROM payshift.journal c WHERE c.step = 'completed' AND c.epoch = u.epoch) "
        "ORDER BY id DESC LIMIT 1",
        (epoch,),
    ).fetchone()
    return None if row is None else (row[0], row[1], row[2])


def read_handovers(connection: psycopg.Connection) -> list[dict[str, Any]]:
    """Return the record of every completed handover, oldest first."""
    rows = connection.execute(
        "SELECT detail FROM payshift.journal WHERE step = 'completed' ORDER BY epoch"
    ).fetchall()
    return [dict(detail) for (detail,) in rows]
