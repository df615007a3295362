"""The login at the source may replicate and read what is to be moved."""

from __future__ import annotations

from collections.abc import Iterator

from app.migration.idle_transactions import ended_logins
from app.pipeline.doctor.context import DoctorContext
from app.pipeline.doctor.needs import SCHEMA
from app.pipeline.probing.base import Line, Probe, judged

RIGHTS = """
    SELECT current_user, rolsuper OR rolreplication, rolsuper
    FROM pg_catalog.pg_roles WHERE rolname = current_user
"""
UNREADABLE = """
    SELECT c.oid::regclass::text FROM pg_catalog.pg_class c
    WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = %s)
      AND c.relkind IN ('r', 'p')
      AND NOT (has_schema_privilege(c.relnamespace, 'USAGE')
               AND has_table_privilege(c.oid, 'SELECT'))
    ORDER BY 1
"""
PREPARED = (
    "SELECT FROM pg_catalog.pg_tables WHERE (schemaname, tablename) = ('payshift', 'replicator')"
)
TLS = "SELECT ssl, version FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()"


class SourceRoles:
    """A role that lacks a right is found when the first load starts, which is late."""

    title = "roles of the source"
    remedy = "Give the login of the source: --source FILE, and its authority: --source-ca FILE."

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Ask the source what the present role may do."""
        with context.source() as connection:
            user, replicates, superuser = connection.execute(RIGHTS).fetchall()[0]
            unreadable = [name for (name,) in connection.execute(UNREADABLE, (SCHEMA,))]
            encrypted, protocol = connection.execute(TLS).fetchall()[0]
            prepared = connection.execute(PREPARED).fetchone() is not None
            ended = ended_logins(connection) if prepared else ()
        yield judged(
            passed=replicates,
            subject=f"{user} may replicate",
            message="yes" if replicates else "no",
            remedy=f"ALTER ROLE {user} REPLICATION",
        )
        yield judged(
            passed=superuser,
            subject=f"{user} may create subscriptions and set session_replication_role",
            message="yes" if superuser else "no: PostgreSQL 14 allows it to superusers only",
            remedy="use the engine's own role, made as a superuser for the time of the migration",
        )
        yield judged(
            passed=not unreadable,
            subject=f"{user} may read",
            message=", ".join(unreadable) or f"every table of {SCHEMA}",
            remedy=f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {user}",
        )
        if prepared:
            yield judged(
                passed=not ended,
                subject="idle transactions of the replication are left alone",
                message=f"not those of {', '.join(ended)}" if ended else "yes",
                remedy="payshift handover --prepare",
            )
        yield judged(
            passed=encrypted,
            subject="this session is encrypted",
            message=protocol or "no",
            remedy="offer TLS 1.2 or newer at the source",
        )


PROBE: Probe[DoctorContext] = SourceRoles()
