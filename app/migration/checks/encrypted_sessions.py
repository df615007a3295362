"""The check that nobody talks to the databases in the clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.errors import DatabaseFailed
from app.migration.checks.base import Check, CheckContext, CheckResult
from app.migration.checks.both_sites import both_sites, judge_faults
from app.migration.sites import Site

if TYPE_CHECKING:
    import psycopg

# Who may not see other users' sessions sees rows without an address: nothing would be found.
_MAY_SEE = "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')"
# Clients and replication's readers over the network, in every database of the server. Amazon's own
# agent talks to its server on the same host.
_SESSIONS = """
SELECT a.pid, coalesce(a.usename, '?'), a.application_name, coalesce(s.ssl, false)
FROM pg_stat_activity a LEFT JOIN pg_stat_ssl s USING (pid)
WHERE a.client_addr IS NOT NULL AND a.usename IS DISTINCT FROM 'rdsadmin'
"""


class EncryptedSessions:
    """Every session over the network at both sites is encrypted, whoever holds it."""

    key = "unencrypted_sessions"
    unit = "sessions"
    remedy = "Give those clients sslmode=verify-full, and let the server refuse others (hostssl)."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Count the sessions without TLS; inconclusive where the engine may not see sessions."""
        count, bare = 0, []
        with both_sites(context) as sessions:
            for site in Site:
                rows = _look(sessions[site], site=site)
                count += len(rows)
                bare += [
                    f"session {pid} of {user} ({application}) at {site}"
                    for pid, user, application, encrypted in rows
                    if not encrypted
                ]
        return judge_faults(
            self, faults=bare, limit=limit, agreed=f"{count} sessions are all encrypted"
        )


def _look(connection: psycopg.Connection, *, site: Site) -> list[tuple[int, str, str, bool]]:
    allowed = connection.execute(_MAY_SEE).fetchone()
    if allowed is None or not allowed[0]:
        raise DatabaseFailed(
            f"The engine may not see the sessions of {site}.",
            remedy="Grant pg_monitor to the engine's role.",
        )
    return connection.execute(_SESSIONS).fetchall()


CHECK: Check = EncryptedSessions()
