"""A fingerprint of everything in a table, computed inside the database without moving rows."""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg
from psycopg import sql

TABLES = ("payment", "refund", "ledger_entry")

_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
ORDER BY attname COLLATE "C"
"""
# Two independent combinations of 64-bit row hashes, neither of which depends on the order of rows.
_FINGERPRINT = """
SELECT count(*), coalesce(sum(hash), 0)::text, coalesce(bit_xor(hash), 0)::text
FROM (SELECT hash_record_extended(ROW({columns}), 0) AS hash FROM {table}) AS hashed
"""


class Fingerprint(NamedTuple):
    """The number of rows, and the sum and exclusive or of a 64-bit hash over all their columns."""

    rows: int
    hash_sum: str
    hash_xor: str


def fingerprint(connection: psycopg.Connection[Any], *, table: str) -> Fingerprint:
    """Return the fingerprint of a table of schema `payments`; columns are taken by name.

    Comparable between servers of the same major version.
    """
    names = [row[0] for row in connection.execute(_COLUMNS, [f"payments.{table}"])]
    query = sql.SQL(_FINGERPRINT).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, names)),
        table=sql.Identifier("payments", table),
    )
    row = connection.execute(query).fetchone()
    if row is None:  # pragma: no cover -- an aggregate without GROUP BY always has one row
        return Fingerprint(0, "0", "0")
    return Fingerprint(*row)
