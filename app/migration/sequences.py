"""Sequences are not replicated: the next writer's are set ahead, outside the pause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    import psycopg

# The writer goes on drawing numbers until the fence; this many are kept free for that.
GAP = 1_000_000

_READ = """
SELECT format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value)
FROM pg_sequences WHERE schemaname = 'payments' ORDER BY 1
"""
_SET = """
SELECT setval(%(name)s::regclass, greatest(%(value)s, last_value))
FROM (SELECT coalesce(last_value, 0) AS last_value FROM pg_sequences
      WHERE format('%%I.%%I', schemaname, sequencename) = %(name)s) AS own
"""
# Those that a column draws its numbers from.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedSequence:
    """A sequence with the last number that it gave, and the highest one in its column."""

    name: str
    value: int
    highest: int

    @property
    def ahead(self) -> bool:
        """Tell whether it gives no number that its column already has."""
        return self.value >= self.highest

    def __str__(self) -> str:
        """Return where it is and where its column is."""
        return f"is at {self.value}, its column at {self.highest}"


def owned_sequences(connection: psycopg.Connection) -> tuple[OwnedSequence, ...]:
    """Return every sequence of the business schema that a column draws from."""
    found = []
    for schema, name, table, column in connection.execute(_OWNED).fetchall():
        row = connection.execute(
            sql.SQL(_COMPARE).format(
                column=sql.Identifier(column),
                table=sql.Identifier(schema, table),
                sequence=sql.Identifier(schema, name),
            )
        ).fetchone()
        if row is not None:
            found.append(OwnedSequence(name=str(name), highest=int(row[0]), value=int(row[1])))
    return tuple(found)


def read_sequences(connection: psycopg.Connection) -> dict[str, int]:
    """Return the last value of every sequence of the business schema, by qualified name."""
    return {str(name): int(value) for name, value in connection.execute(_READ).fetchall()}


def set_ahead(*, source: psycopg.Connection, target: psycopg.Connection, gap: int = GAP) -> None:
    """Set the target's sequences `gap` ahead of the source's; never back."""
    own = read_sequences(target)
    for name, value in read_sequences(source).items():
        # Ahead by half the gap is still far enough, and repeated preparations do not eat numbers.
        if own.get(name, 0) < value + gap // 2:
            target.execute(_SET, {"name": name, "value": value + gap})


def behind(*, source: psycopg.Connection, target: psycopg.Connection) -> tuple[str, ...]:
    """Return the sequences that the target lacks or that are not ahead of the source's."""
    own = read_sequences(target)
    return tuple(
        name for name, value in read_sequences(source).items() if own.get(name, 0) <= value
    )
