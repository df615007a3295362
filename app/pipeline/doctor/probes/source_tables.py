"""The source's tables can be replicated, and none of their values is bent on the way."""

from __future__ import annotations

from collections.abc import Iterator

from app.pipeline.doctor.context import DoctorContext
from app.pipeline.doctor.needs import SCHEMA
from app.pipeline.probing.base import Line, Probe, judged

TABLES = """
    SELECT count(*) FROM pg_catalog.pg_class
    WHERE relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = %s)
      AND relkind IN ('r', 'p')
"""
WITHOUT_KEY = """
    SELECT c.oid::regclass::text FROM pg_catalog.pg_class c
    WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = %s)
      AND c.relkind IN ('r', 'p')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i
                      WHERE i.indrelid = c.oid AND i.indisprimary)
    ORDER BY 1
"""
NOT_LOGGED = """
    SELECT c.oid::regclass::text FROM pg_catalog.pg_class c
    WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = %s)
      AND c.relkind = 'r' AND c.relpersistence = 'u'
    ORDER BY 1
"""
# A numeric without precision has the modifier -1: DMS makes it (28,6), which rounds.
UNBOUNDED_NUMERIC = """
    SELECT c.oid::regclass::text || '.' || a.attname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = %s)
      AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
      AND a.atttypid = 'numeric'::regtype AND a.atttypmod = -1
    ORDER BY 1
"""
LARGE_OBJECTS = "SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)"
_LISTS = (
    (
        WITHOUT_KEY,
        "tables without a primary key",
        "give each a primary key: without one its changes cannot be carried and validated",
    ),
    (
        NOT_LOGGED,
        "unlogged tables",
        "ALTER TABLE … SET LOGGED: what is not logged is not replicated",
    ),
    (
        UNBOUNDED_NUMERIC,
        "numeric columns without precision",
        "write the precision, such as numeric(20,4): DMS would make it (28,6)",
    ),
)


class SourceTables:
    """What a copy cannot carry is found now, not by a gate at 50 %."""

    title = "tables of the source"
    remedy = "Give the login of the source: --source FILE, and its authority: --source-ca FILE."

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Ask the source's catalog."""
        with context.source() as connection:
            (count,) = connection.execute(TABLES, (SCHEMA,)).fetchall()[0]
            yield judged(
                passed=count > 0,
                subject=f"schema {SCHEMA}",
                message=f"{count} tables",
                remedy=f"connect to the database that holds the schema {SCHEMA}",
            )
            for statement, subject, remedy in _LISTS:
                found = [name for (name,) in connection.execute(statement, (SCHEMA,))]
                yield judged(
                    passed=not found,
                    subject=subject,
                    message=", ".join(found) or "none",
                    remedy=remedy,
                )
            (large,) = connection.execute(LARGE_OBJECTS).fetchall()[0]
        yield judged(
            passed=not large,
            subject="large objects",
            message="there are some" if large else "none",
            remedy="move them into a column of bytea: logical replication does not carry them",
        )


PROBE: Probe[DoctorContext] = SourceTables()
