"""An index leads to the column by which each large table is cut for the first load."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from app.config.first_load import CUT_BY
from app.pipeline.doctor.context import DoctorContext
from app.pipeline.doctor.needs import SCHEMA
from app.pipeline.probing.base import Line, Probe, judged, unknown

# A BRIN index says which pages may hold a day: of use only where rows lie in the order of days.
IN_ORDER = 0.9
INDEXES = """
    SELECT DISTINCT method.amname
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_am method ON method.oid = c.relam
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = (SELECT oid FROM pg_catalog.pg_class
                        WHERE relname = %(table)s AND relnamespace =
                              (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = %(schema)s))
      AND a.attname = %(column)s AND i.indisvalid AND i.indpred IS NULL
      AND method.amname IN ('btree', 'brin')
"""
ORDER = """
    SELECT abs(correlation) FROM pg_catalog.pg_stats
    WHERE schemaname = %(schema)s AND tablename = %(table)s AND attname = %(column)s
"""


class SourceIndexes:
    """Without one, each of the parts that are loaded side by side reads the whole table."""

    title = "indexes of the source"
    remedy = "Give the login of the source: --source FILE, and its authority: --source-ca FILE."

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Ask the source's catalog, and its statistics, for each table that is cut."""
        with context.source() as connection:
            for table, column in CUT_BY.items():
                yield _line(connection, table=table, column=column)


def _line(connection: psycopg.Connection, *, table: str, column: str) -> Line:
    names = {"schema": SCHEMA, "table": table, "column": column}
    methods = {method for (method,) in connection.execute(INDEXES, names)}
    order = next((one for (one,) in connection.execute(ORDER, names)), None)
    subject, whole = f"parts of {SCHEMA}.{table}", f"{SCHEMA}.{table}"
    if methods == {"brin"} and order is None:
        return unknown(
            subject=subject,
            message=f"a BRIN index leads to {column}, if rows lie in its order",
            remedy=f"ANALYZE {whole}",
        )
    in_order = order is None or order >= IN_ORDER
    using = f"USING brin ({column})" if in_order else f"({column})"
    return judged(
        passed="btree" in methods or ("brin" in methods and in_order),
        subject=subject,
        message=_found(methods, column=column, in_order=in_order),
        remedy=f"CREATE INDEX CONCURRENTLY {table}_{column}{'' if in_order else '_tree'} "
        f"ON {whole} {using}",
    )


def _found(methods: set[str], *, column: str, in_order: bool) -> str:
    if "btree" in methods:
        return f"a B-tree leads to {column}"
    if "brin" in methods:
        does = "and" if in_order else "but not"
        return f"a BRIN index leads to {column}, {does} in the order in which rows lie"
    return f"no index leads to {column}: every part would read the whole table"


PROBE: Probe[DoctorContext] = SourceIndexes()
