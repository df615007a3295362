"""What every probe of the preflight is: a figure of the two databases with a limit and a remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from app.migration.deadline import Deadline
from app.migration.replication.base import Replication, Sessions
from app.migration.replication.direction import Direction
from app.migration.sites import Site

if TYPE_CHECKING:
    import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long probes wait for a better moment, all in seconds.

    A lag up to `calm_lag` is taken at once; one up to `tolerable_lag` only when `waiting` brought
    no calmer moment. A probe row has `probe` to arrive. A transaction is long after `transaction`.
    """

    waiting: float
    probe: float
    transaction: float
    calm_lag: float
    tolerable_lag: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeContext:
    """What probes look at: `writer` is the site that shall stop writing."""

    sessions: Sessions
    writer: Site
    replication: Replication
    deadline: Deadline
    patience: Patience

    @property
    def away(self) -> Direction:
        """Promise the direction from the writer to the site that shall write next."""
        return Direction(self.writer)

    @property
    def old(self) -> psycopg.Connection:
        """Promise the session at the writer."""
        return self.sessions[self.writer]

    @property
    def new(self) -> psycopg.Connection:
        """Promise the session at the site that shall write next."""
        return self.sessions[self.writer.other]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What a probe measured; `findings` are the reasons against a handover, none when it passed.

    `figure` is None when it could not be measured; `limit` is what it may be at most, or, for
    what there must be enough of, at least.
    """

    probe: str
    figure: float | None
    limit: float
    unit: str
    findings: tuple[str, ...] = ()
    remedy: str = ""

    @property
    def passed(self) -> bool:
        """Tell whether nothing speaks against a handover."""
        return not self.findings

    def as_record(self) -> Mapping[str, Any]:
        """Return plain values."""
        return {
            "probe": self.probe,
            "passed": self.passed,
            "figure": self.figure,
            "limit": self.limit,
            "unit": self.unit,
            "findings": list(self.findings),
            "remedy": "" if self.passed else self.remedy,
        }

    def __str__(self) -> str:
        figure = "unknown" if self.figure is None else f"{self.figure:g} {self.unit}"
        verdict = "ok" if self.passed else "; ".join(self.findings)
        return f"{self.probe}: {figure} (limit {self.limit:g}): {verdict}"


class Probe(Protocol):
    """One question with its limit, and what helps when the answer is no."""

    key: str
    unit: str
    limit: float
    remedy: str

    def run(self, context: ProbeContext) -> ProbeResult:
        """Measure and judge. Raises psycopg.Error as the driver does."""
        ...


def judged(
    probe: Probe,
    *,
    figure: float | None,
    findings: tuple[str, ...] = (),
    limit: float | None = None,
) -> ProbeResult:
    """Return a probe's result with its unit and remedy, and its limit where no other is given."""
    return ProbeResult(
        probe=probe.key,
        figure=figure,
        limit=probe.limit if limit is None else limit,
        unit=probe.unit,
        findings=findings,
        remedy=probe.remedy,
    )
