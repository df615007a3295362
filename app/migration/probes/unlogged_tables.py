"""No replicated table bypasses the log, which is all that replication reads."""

from __future__ import annotations

from app.migration.probes.base import ProbeContext, ProbeResult, judged
from app.migration.sites import Site

_UNLOGGED = """
SELECT r.relation::text FROM payshift.replicated_tables r JOIN pg_class c ON c.oid = r.relation
WHERE c.relpersistence <> 'p' ORDER BY 1
"""


class UnloggedTables:
    """Counts unlogged tables at both sites: today's source is tomorrow's target."""

    key = "unlogged_tables"
    unit = "tables"
    limit = 0.0
    remedy = "ALTER TABLE … SET LOGGED, which rewrites the table."

    def run(self, context: ProbeContext) -> ProbeResult:
        """Name the tables."""
        unlogged = {
            site: [name for (name,) in context.sessions[site].execute(_UNLOGGED).fetchall()]
            for site in Site
        }
        return judged(
            self,
            figure=sum(map(len, unlogged.values())),
            findings=tuple(
                f"{', '.join(tables)} at {site} is not logged, so it is not replicated"
                for site, tables in unlogged.items()
                if tables
            ),
        )
