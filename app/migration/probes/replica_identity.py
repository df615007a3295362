"""Every replicated table tells the other site which row was changed."""

from __future__ import annotations

from app.migration.probes.base import ProbeContext, ProbeResult, judged
from app.migration.sites import Site

# `d` is the primary key, `i` an index that was chosen, `f` the whole row, `n` nothing.
_NAMELESS = """
SELECT r.relation::text FROM payshift.replicated_tables r JOIN pg_class c ON c.oid = r.relation
WHERE r.relkind = 'r' AND (
    c.relreplident = 'n'
    OR c.relreplident = 'd' AND NOT EXISTS (
        SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary)
    OR c.relreplident = 'i' AND NOT EXISTS (
        SELECT FROM pg_index WHERE indrelid = c.oid AND indisreplident))
ORDER BY 1
"""


class ReplicaIdentity:
    """Counts the tables whose updates and deletes cannot be carried, at either site."""

    key = "replica_identity"
    unit = "tables"
    limit = 0.0
    remedy = "Give the table a primary key, or ALTER TABLE … REPLICA IDENTITY USING INDEX."

    def run(self, context: ProbeContext) -> ProbeResult:
        """Name the tables."""
        nameless = {
            site: [name for (name,) in context.sessions[site].execute(_NAMELESS).fetchall()]
            for site in Site
        }
        return judged(
            self,
            figure=sum(map(len, nameless.values())),
            findings=tuple(
                f"no primary key or replica identity on {', '.join(tables)} at {site}"
                for site, tables in nameless.items()
                if tables
            ),
        )
