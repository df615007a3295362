"""The writer keeps nothing in large objects, which no replication carries."""

from __future__ import annotations

from app.migration.probes.base import ProbeContext, ProbeResult, judged


class LargeObjects:
    """Counts the large objects at the writer."""

    key = "large_objects"
    unit = "objects"
    limit = 0.0
    remedy = "Move them into a bytea column or out of the database (vacuumlo drops orphans)."

    def run(self, context: ProbeContext) -> ProbeResult:
        """Count them."""
        row = context.old.execute("SELECT count(*) FROM pg_largeobject_metadata").fetchone()
        count = 0 if row is None else int(row[0])
        found = (f"{count} large objects at {context.writer} would stay there",) if count else ()
        return judged(self, figure=count, findings=found)
