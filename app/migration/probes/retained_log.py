"""No replication slot keeps so much log that its site runs out of disk, or has lost it already."""

from __future__ import annotations

from app.migration.probes.base import ProbeContext, ProbeResult, judged
from app.migration.sites import Site

_SLOTS = """
SELECT slot_name, coalesce(wal_status, 'reserved'),
       coalesce(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), restart_lsn), 0)::bigint / 1e9
FROM pg_replication_slots
WHERE slot_type = 'logical' AND database = current_database()
"""
# A slot that is still reserved or extended keeps what its reader needs.
_HEALTHY = {"reserved", "extended"}


class RetainedLog:
    """Measures the gigabytes that the slot furthest behind keeps, at either site."""

    key = "retained_log"
    unit = "GB"
    limit = 20.0
    remedy = "Find out why the slot's reader is behind; drop slots that nobody reads any more."

    def run(self, context: ProbeContext) -> ProbeResult:
        """Look at every logical slot of both databases, whoever made it."""
        found, most = [], 0.0
        for site in Site:
            for name, status, gigabytes in context.sessions[site].execute(_SLOTS).fetchall():
                kept = float(gigabytes)
                most = max(most, kept)
                if status not in _HEALTHY:
                    found.append(f"slot {name} at {site} is {status}")
                elif kept > self.limit:
                    found.append(f"slot {name} at {site} keeps {kept:.1f} GB of log")
        return judged(self, figure=round(most, 3), findings=tuple(found))
