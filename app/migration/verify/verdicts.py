"""What `payshift verify` last said of both sites, as both databases remember it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from app.errors import DatabaseFailed
from app.migration.verify.report import Verdict

if TYPE_CHECKING:
    from app.migration.replication.base import Sessions
    from app.migration.verify.aspect import Aspect

# The server's clock counts at both ends of the time that passes.
_KEEP = """
INSERT INTO payshift.verification (aspect, verdict, began_at, kept_by)
VALUES (%s, %s, clock_timestamp() - make_interval(secs => %s), %s)
"""
_NEWEST = """
SELECT verdict, extract(epoch FROM clock_timestamp() - began_at)::float8 / 3600, kept_by
FROM payshift.verification WHERE aspect = %s ORDER BY id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A verdict, how many hours ago its comparison began, and who asked for it."""

    verdict: Verdict
    hours: float
    by: str

    def __str__(self) -> str:
        return f"{self.verdict} {self.hours:.1f} h ago, asked by {self.by}"


def keep(sessions: Sessions, *, aspect: Aspect, verdict: Verdict, seconds: float, by: str) -> None:
    """Keep a verdict of a comparison that began `seconds` ago. Raises DatabaseFailed."""
    try:
        for session in sessions.values():
            session.execute(_KEEP, (aspect.value, verdict.value, seconds, by))
    except psycopg.Error as error:
        raise _unknown(error) from error


def newest(sessions: Sessions, *, aspect: Aspect) -> Kept | None:
    """Return the newest verdict: of two sites that disagree, the worse or older one.

    None when a site knows of none, as one that was made anew. Raises DatabaseFailed.
    """
    try:
        rows = [one.execute(_NEWEST, (aspect.value,)).fetchone() for one in sessions.values()]
    except psycopg.errors.UndefinedTable as error:
        raise _unknown(error) from error
    found = [Kept(verdict=Verdict(row[0]), hours=row[1], by=row[2]) for row in rows if row]
    if len(found) < len(rows):
        return None
    return max(found, key=lambda one: (one.verdict is not Verdict.EQUAL, one.hours))


def _unknown(error: psycopg.Error) -> DatabaseFailed:
    return DatabaseFailed(
        f"The databases do not take or tell verdicts: {' '.join(str(error).split())}",
        remedy="Prepare both again: payshift handover --prepare.",
    )
