"""Both sites define the replicated tables alike: columns, constraints and indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.migration.probes.base import ProbeContext, ProbeResult, judged
from app.migration.sites import Site

if TYPE_CHECKING:
    import psycopg

# Defaults are compared only by whether there is one: sequences may be named apart.
_DEFINITIONS = """
SELECT r.relation::text || ' column ' || a.attname || ' '
       || format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
       || CASE WHEN a.attidentity <> '' OR a.atthasdef THEN ' with a default' ELSE '' END
FROM payshift.replicated_tables r JOIN pg_attribute a ON a.attrelid = r.relation
WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT r.relation::text || ' constraint ' || c.conname || ' ' || pg_get_constraintdef(c.oid)
       || CASE WHEN c.convalidated THEN '' ELSE ' (not validated)' END
FROM payshift.replicated_tables r JOIN pg_constraint c ON c.conrelid = r.relation
UNION ALL
SELECT r.relation::text || ' index ' || pg_get_indexdef(i.indexrelid)
       || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END
FROM payshift.replicated_tables r JOIN pg_index i ON i.indrelid = r.relation
"""
_SHOWN = 5


class SchemaDifferences:
    """Counts definitions that one site has and the other lacks."""

    key = "schema_differences"
    unit = "differences"
    limit = 0.0
    remedy = "Make the same definitions at both sites, those of the other site first."

    def run(self, context: ProbeContext) -> ProbeResult:
        """Name the first few."""
        held = {site: _definitions(context.sessions[site]) for site in Site}
        only = [
            f"only {site} has {definition}"
            for site in Site
            for definition in sorted(held[site] - held[site.other])
        ]
        found = only[:_SHOWN]
        if len(only) > _SHOWN:
            found.append(f"and {len(only) - _SHOWN} more differences")
        return judged(self, figure=len(only), findings=tuple(found))


def _definitions(connection: psycopg.Connection) -> set[str]:
    return {str(text) for (text,) in connection.execute(_DEFINITIONS).fetchall()}
