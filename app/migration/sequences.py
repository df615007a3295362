"""Sequences are not replicated: the next writer's are set ahead, outside the pause."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
