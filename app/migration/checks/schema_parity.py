"""The check that both databases have the same tables, with the same rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.migration.checks.base import Check, CheckContext, CheckResult
from app.migration.checks.both_sites import both_sites, judge_faults
from app.migration.sites import Site

if TYPE_CHECKING:
    import psycopg

_SQL = Path(__file__).parents[1] / "sql" / "schema_shape.sql"


class SchemaParity:
    """Columns, constraints, indexes, triggers and sequences of the business schema at both sites.

    A replication that copies rows copies none of these; without them the new writer would be
    slow, or take what it must refuse.
    """

    key = "schema_parity"
    unit = "differences"
    remedy = "Make what differs the same at both sites; do not move the writer before."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Count the differing definitions; the limit (`true` in a gate) means that none may."""
        with both_sites(context) as sessions:
            legacy, aws = (_shape(sessions[site]) for site in (Site.LEGACY, Site.AWS))
        different = [
            f"{subject}: legacy {legacy.get(subject, 'has none')}, "
            f"aws {aws.get(subject, 'has none')}"
            for subject in sorted({*legacy, *aws})
            if legacy.get(subject) != aws.get(subject)
        ]
        if not legacy:
            different.append("there is no business schema at legacy")
        return judge_faults(
            self,
            faults=different,
            limit=limit,
            agreed=f"{len(legacy)} definitions agree at both sites",
            forbidden=True,
        )


def _shape(connection: psycopg.Connection) -> dict[str, str]:
    rows = connection.execute(_SQL.read_bytes()).fetchall()
    return {str(subject): str(definition) for subject, definition in rows}


CHECK: Check = SchemaParity()
