"""The check that the writer's sequences give no number twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from app.migration.checks.base import Check, CheckContext, CheckResult
from app.migration.checks.both_sites import both_sites, judge_faults, the_writer

if TYPE_CHECKING:
    import psycopg

_OWNED = """
SELECT n.nspname, s.relname, t.relname, a.attname
FROM pg_depend d
JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_class t ON t.oid = d.refobjid
JOIN pg_namespace n ON n.oid = s.relnamespace AND n.oid = t.relnamespace
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND n.nspname = 'payments'
ORDER BY 2
"""
# The highest number is as of the statement's beginning, the sequence's as of now: so rows that
# clients insert meanwhile never look ahead of it.
_COMPARE = """
SELECT (SELECT coalesce(max({column}), 0) FROM {table}),
       (SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence})
"""


class SequencesAhead:
    """Sequences are not replicated: a new writer must not draw what the old one has drawn."""

    key = "sequences_ahead"
    unit = "sequences"
    remedy = "Set them ahead with setval() at the writer before the next payment."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Count the sequences of the writer that are behind their column's highest number.

        The limit (`true` in a gate) means that none may be; inconclusive if nobody writes.
        """
        with both_sites(context) as sessions:
            writer = the_writer(sessions)
            compared = _compare(sessions[writer])
        behind = [
            f"{name} at {writer} is at {value}, its column at {highest}"
            for name, (highest, value) in compared.items()
            if value < highest
        ]
        return judge_faults(
            self,
            faults=behind,
            limit=limit,
            agreed=f"{len(compared)} sequences of {writer} are ahead of their columns",
            forbidden=True,
        )


def _compare(connection: psycopg.Connection) -> dict[str, tuple[int, int]]:
    """Return the highest number of its column and the last one drawn, by sequence."""
    found = {}
    for schema, sequence, table, column in connection.execute(_OWNED).fetchall():
        row = connection.execute(
            sql.SQL(_COMPARE).format(
                column=sql.Identifier(column),
                table=sql.Identifier(schema, table),
                sequence=sql.Identifier(schema, sequence),
            )
        ).fetchone()
        if row is not None:
            found[str(sequence)] = (int(row[0]), int(row[1]))
    return found


CHECK: Check = SequencesAhead()
