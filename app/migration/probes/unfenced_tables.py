"""Every replicated table refuses writes at the site that does not write."""

from __future__ import annotations

from app.migration.probes.base import ProbeContext, ProbeResult, judged
from app.migration.schema import unfenced_tables
from app.migration.sites import Site


class UnfencedTables:
    """Counts the tables without the whole fence, at both sites."""

    key = "unfenced_tables"
    unit = "tables"
    limit = 0.0
    remedy = "Run payshift handover --prepare."

    def run(self, context: ProbeContext) -> ProbeResult:
        """Name the tables."""
        bare = {site: unfenced_tables(context.sessions[site]) for site in Site}
        return judged(
            self,
            figure=sum(map(len, bare.values())),
            findings=tuple(
                f"the fence is missing on {', '.join(tables)} at {site}"
                for site, tables in bare.items()
                if tables
            ),
        )
