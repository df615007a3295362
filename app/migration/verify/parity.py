"""Counts and sums of the money at both sites, compared while payments go on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from app.errors import DatabaseFailed
from app.migration.connection import connect
from app.migration.deadline import Deadline
from app.migration.fence import the_writer
from app.migration.markers import wait_for_everything
from app.migration.replication.direction import Direction
from app.migration.sites import Databases, Site

if TYPE_CHECKING:
    from app.migration.replication.base import Sessions

# Rows are stamped when their transaction begins. What is this old has been committed, or is being
# waited for below.
SETTLED_SECONDS = 2.0
DRAIN_SECONDS = 30.0
LOOKS = 3
POLL_SECONDS = 0.05

FIGURES = Path(__file__).parent / "sql" / "money.sql"
_CUTOFF = "SELECT clock_timestamp() - make_interval(secs => %s)"
_STILL_WRITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL AND xact_start < %s
"""

Figure = tuple[int, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityRow:
    """One figure of both sites: how many rows, and their sum in minor units (None: no rows)."""

    subject: str
    legacy: Figure | None
    aws: Figure | None

    @property
    def right(self) -> bool:
        """Tell whether both sites agree and, for a ledger's total, that it is zero."""
        zero = not self.subject.startswith("ledger total") or (
            self.legacy is not None and self.legacy[1] == 0
        )
        return self.legacy == self.aws and zero


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityReport:
    """Every figure, as it was at both sites at `cutoff` by the writer's clock."""

    cutoff: datetime
    rows: tuple[ParityRow, ...]

    @property
    def equal(self) -> bool:
        """Tell whether every figure is right."""
        return all(row.right for row in self.rows)


def compare_parity(databases: Databases, *, query: Path = FIGURES) -> ParityReport:
    """Compare what both sites held at one moment just past, both at once.

    `query` is SQL that gives (subject, count, minor units) as of `%(cutoff)s`; what it calls a
    `ledger total` must be zero.
    Clients go on meanwhile. Differences are looked at again before they are reported. Raises
    DatabaseFailed when a site does not answer, nobody writes, or replication stands still.
    """
    try:
        with ExitStack() as stack:
            sessions: Sessions = {
                site: stack.enter_context(
                    connect(databases[site], application_name="payshift-parity")
                )
                for site in Site
            }
            report = _compare(sessions, query=query)
            for _ in range(LOOKS - 1):
                if report.equal:
                    break
                report = _compare(sessions, query=query)
    except psycopg.Error as error:
        raise DatabaseFailed(f"The databases cannot be compared: {error}") from error
    return report


def _compare(sessions: Sessions, *, query: Path) -> ParityReport:
    moment = settled_moment(sessions)
    return ParityReport(cutoff=moment.cutoff, rows=look(sessions, moment, query=query))


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment before which nothing more appears at either site, and who wrote then."""

    cutoff: datetime
    writer: Site


def settled_moment(sessions: Sessions) -> Moment:
    """Wait until both sites have everything up to a moment just past.

    Raises DatabaseFailed when nobody writes, or replication stands still.
    """
    away = Direction(the_writer(sessions))
    cutoff = _settled_cutoff(sessions[away.source])
    wait_for_everything(sessions=sessions, away=away, seconds=DRAIN_SECONDS)
    return Moment(cutoff, away.source)


def look(sessions: Sessions, moment: Moment, *, query: Path) -> tuple[ParityRow, ...]:
    """Ask both sites the same at once, and put their figures side by side."""
    with ThreadPoolExecutor(max_workers=len(Site)) as pool:
        found = dict(
            zip(
                Site,
                pool.map(lambda site: figures(sessions[site], moment.cutoff, query=query), Site),
                strict=True,
            )
        )
    legacy, aws = found[Site.LEGACY], found[Site.AWS]
    return tuple(
        ParityRow(subject=subject, legacy=legacy.get(subject), aws=aws.get(subject))
        for subject in sorted({*legacy, *aws})
    )


def figures(session: psycopg.Connection, cutoff: datetime, *, query: Path) -> Mapping[str, Figure]:
    """Return what one site answers, by subject."""
    rows = session.execute(query.read_bytes(), {"cutoff": cutoff}).fetchall()
    return {str(subject): (int(count), Decimal(minor)) for subject, count, minor in rows}


def _settled_cutoff(source: psycopg.Connection) -> datetime:
    """Return a moment before which nothing more will appear at the source."""
    row = source.execute(_CUTOFF, (SETTLED_SECONDS,)).fetchone()
    if row is None or not isinstance(row[0], datetime):
        raise DatabaseFailed("The database does not tell the time.")
    deadline = Deadline(seconds=DRAIN_SECONDS)
    while (writing := source.execute(_STILL_WRITING, (row[0],)).fetchone()) and writing[0]:
        if deadline.passed:
            raise DatabaseFailed(
                "A transaction has been writing for too long to compare around it.",
                remedy="Find it in pg_stat_activity.",
            )
        time.sleep(POLL_SECONDS)
    return row[0]
