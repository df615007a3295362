"""Everything that must be true of the money, at each site and between them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg

from app.errors import DatabaseFailed
from app.migration import sequences
from app.migration.replication.base import Sessions
from app.migration.sites import Site
from app.migration.verify.parity import (
    FIGURES,
    LOOKS,
    Moment,
    ParityRow,
    figures,
    look,
    settled_moment,
)

_SQL = Path(__file__).parent / "sql"
DAYS = _SQL / "days.sql"
COMPLETENESS = _SQL / "completeness.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incomplete:
    """How many rows of a kind lack others that belong to them, at each site; none may."""

    subject: str
    legacy: int
    aws: int

    @property
    def right(self) -> bool:
        """Tell whether nothing is lacking anywhere."""
        return self.legacy == self.aws == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyReport:
    """Sums by currency, status and day, completeness of payments, and sequences.

    `sequences_behind` are those of the site that does not write that are not ahead of the
    writer's: right before a handover, which sets them ahead, and wrong after its preflight. They
    are told and do not make the money unequal.
    """

    moment: Moment
    figures: tuple[ParityRow, ...]
    incomplete: tuple[Incomplete, ...]
    sequences_behind: tuple[str, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """Promise a line for every figure that is wrong."""
        return (
            *(
                f"{row.subject}: legacy {row.legacy}, aws {row.aws}"
                for row in self.figures
                if not row.right
            ),
            *(
                f"{one.subject}: legacy {one.legacy}, aws {one.aws}"
                for one in self.incomplete
                if not one.right
            ),
        )

    @property
    def equal(self) -> bool:
        """Tell whether every figure is right at both sites."""
        return not self.problems


def compare_money(sessions: Sessions) -> MoneyReport:
    """Compare the money of both sites as it was at one moment just past, while payments go on.

    Differences are looked at again before they are reported. Raises DatabaseFailed when nobody
    writes or replication stands still.
    """
    try:
        report = _compare(sessions)
        for _ in range(LOOKS - 1):
            if report.equal:
                break
            report = _compare(sessions)
    except psycopg.Error as error:
        raise DatabaseFailed(f"The money cannot be compared: {error}") from error
    return report


def _compare(sessions: Sessions) -> MoneyReport:
    moment = settled_moment(sessions)
    rows = [row for query in (FIGURES, DAYS) for row in look(sessions, moment, query=query)]
    with ThreadPoolExecutor(max_workers=len(Site)) as pool:
        legacy, aws = pool.map(
            lambda site: figures(sessions[site], moment.cutoff, query=COMPLETENESS),
            (Site.LEGACY, Site.AWS),
        )
    return MoneyReport(
        moment=moment,
        figures=tuple(rows),
        incomplete=tuple(
            Incomplete(subject=subject, legacy=legacy[subject][0], aws=aws[subject][0])
            for subject in sorted(legacy)
        ),
        sequences_behind=sequences.behind(
            source=sessions[moment.writer], target=sessions[moment.writer.other]
        ),
    )
