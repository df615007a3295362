"""The site that shall write has room for the clients that will come to it."""

from __future__ import annotations

from app.migration.probes.base import ProbeContext, ProbeResult, judged

_FREE = """
SELECT current_setting('max_connections')::int
       - current_setting('superuser_reserved_connections')::int - count(*)
FROM pg_stat_activity WHERE backend_type = 'client backend'
"""


class FreeConnections:
    """Counts the connections that clients may still open at the next writer."""

    key = "free_connections"
    unit = "connections, at least"
    limit = 10.0
    remedy = "Close idle sessions, or raise max_connections there."

    def run(self, context: ProbeContext) -> ProbeResult:
        """Count them; the payment API keeps its own open at both sites all the time."""
        row = context.new.execute(_FREE).fetchone()
        free = 0 if row is None else int(row[0])
        found = (f"only {free} connections are free at {context.writer.other}",)
        return judged(self, figure=free, findings=() if free >= self.limit else found)
