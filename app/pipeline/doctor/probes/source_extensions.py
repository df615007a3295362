"""The target has every extension that the source uses."""

from __future__ import annotations

from collections.abc import Iterator

from app.pipeline.doctor.context import DoctorContext
from app.pipeline.probing.base import Line, Probe, judged

# The commoner ones of those that Aurora PostgreSQL 14 has:
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraPostgreSQLReleaseNotes/AuroraPostgreSQL.Extensions.html
AVAILABLE = frozenset(
    {
        "btree_gin",
        "btree_gist",
        "citext",
        "cube",
        "dblink",
        "earthdistance",
        "fuzzystrmatch",
        "hstore",
        "intarray",
        "isn",
        "ltree",
        "pageinspect",
        "pg_buffercache",
        "pg_cron",
        "pg_freespacemap",
        "pg_hint_plan",
        "pg_partman",
        "pg_prewarm",
        "pg_repack",
        "pg_stat_statements",
        "pg_trgm",
        "pg_visibility",
        "pgaudit",
        "pgcrypto",
        "pglogical",
        "pgrowlocks",
        "pgstattuple",
        "plpgsql",
        "postgis",
        "postgres_fdw",
        "sslinfo",
        "tablefunc",
        "tsm_system_rows",
        "tsm_system_time",
        "unaccent",
        "uuid-ossp",
    }
)
INSTALLED = "SELECT extname, extversion FROM pg_catalog.pg_extension ORDER BY extname"


class SourceExtensions:
    """One that Aurora lacks has to be replaced before anything is moved."""

    title = "extensions of the source"
    remedy = "Give the login of the source: --source FILE, and its authority: --source-ca FILE."

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Compare what is installed with what Aurora offers."""
        with context.source() as connection:
            installed = dict(connection.execute(INSTALLED).fetchall())
        for name, version in installed.items():
            yield judged(
                passed=name in AVAILABLE,
                subject=f"extension {name}",
                message=f"{version}; Aurora {'has it' if name in AVAILABLE else 'may lack it'}",
                remedy="look it up in Aurora's list of extensions, and replace it if it is missing",
            )


PROBE: Probe[DoctorContext] = SourceExtensions()
