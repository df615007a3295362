"""Everything that must be true of the money, at each site and between them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from app.errors import DatabaseFailed
from app.migration import sequences
from app.migration.replication.base import Sessions
from app.migration.sites import Site
from app.migration.verify.parity import (
    FIGURES,
    LOOKS,
    Figure,
    Moment,
    ParityRow,
    figures,
    look,
    settled_moment,
)

_SQL = Path(__file__).parent / "sql"
DAYS = _SQL / "days.sql"
BALANCES = _SQL / "balances.sql"
COMPLETENESS = _SQL / "completeness.sql"
_FOR_EVER = datetime.max.replace(tzinfo=UTC)
_SHOWN = 20


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
    """Sums by currency, status, day and account, completeness of payments, and sequences.

    `sequences_low` are those of the writer that would give a number twice. `sequences_behind` are
    those of the other site that are not ahead of the writer's: right before a handover, which
    sets them ahead, and wrong after its preflight. They are told and do not make the money
    unequal.
    """

    moment: Moment
    figures: tuple[ParityRow, ...]
    incomplete: tuple[Incomplete, ...]
    sequences_low: tuple[str, ...]
    sequences_behind: tuple[str, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """Promise a line for every figure that is wrong."""
        wrong: list[ParityRow | Incomplete] = [row for row in self.figures if not row.right]
        wrong += [one for one in self.incomplete if not one.right]
        return (
            *(f"{one.subject}: legacy {_told(one.legacy)}, aws {_told(one.aws)}" for one in wrong),
            *self.sequences_low,
        )

    @property
    def equal(self) -> bool:
        """Tell whether every figure is right at both sites."""
        return not self.problems

    def as_record(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "equal": self.equal,
            "figures": len(self.figures) + len(self.incomplete),
            "problems": list(self.problems),
            "sequences_behind": list(self.sequences_behind),
        }

    def lines(self) -> list[str]:
        """Return a line, the first problems, and what a handover has to do yet."""
        compared, problems = len(self.figures) + len(self.incomplete), self.problems
        found = "right" if self.equal else f"{len(problems):,} are wrong"
        lines = [f"money: {found} ({compared:,} figures)"]
        lines += [f"  problem: {problem}" for problem in problems[:_SHOWN]]
        if len(problems) > _SHOWN:
            lines.append(f"  … and {len(problems) - _SHOWN:,} more")
        if self.sequences_behind:
            names, other = ", ".join(self.sequences_behind), self.moment.writer.other
            lines.append(f"  note: not ahead at {other} until a handover sets them: {names}")
        return lines


def compare_money(sessions: Sessions, *, fenced: Site | None = None) -> MoneyReport:
    """Compare the money of both sites as it was at one moment just past, while payments go on.

    When nobody writes, `fenced` is who wrote last: then all is compared as it stands. Differences
    are looked at again before they are reported. Raises DatabaseFailed when nobody writes or
    replication stands still.
    """
    try:
        report = _compare(sessions, fenced)
        for _ in range(LOOKS - 1):
            if report.equal:
                break
            report = _compare(sessions, fenced)
    except psycopg.Error as error:
        raise DatabaseFailed(f"The money cannot be compared: {error}") from error
    return report


def _compare(sessions: Sessions, fenced: Site | None) -> MoneyReport:
    moment = settled_moment(sessions) if fenced is None else Moment(_FOR_EVER, fenced)
    rows = [row for one in (FIGURES, DAYS, BALANCES) for row in look(sessions, moment, query=one)]
    with ThreadPoolExecutor(max_workers=len(Site)) as pool:
        legacy, aws = pool.map(
            lambda site: figures(sessions[site], moment.cutoff, query=COMPLETENESS),
            (Site.LEGACY, Site.AWS),
        )
    writer = moment.writer
    return MoneyReport(
        moment=moment,
        figures=tuple(rows),
        incomplete=tuple(
            Incomplete(subject=subject, legacy=legacy[subject][0], aws=aws[subject][0])
            for subject in sorted(legacy)
        ),
        sequences_low=tuple(
            f"sequence {one.name} at {writer} {one}"
            for one in sequences.owned_sequences(sessions[writer])
            if not one.ahead
        ),
        sequences_behind=sequences.behind(source=sessions[writer], target=sessions[writer.other]),
    )


def _told(figure: Figure | int | None) -> str:
    if figure is None:
        return "nothing"
    return f"{figure:,}" if isinstance(figure, int) else f"{figure[1]:,} in {figure[0]:,} rows"
