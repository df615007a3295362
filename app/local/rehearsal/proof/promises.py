"""Compares what clients were promised with what one database holds, by joins inside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from app.local.rehearsal.records import Acknowledgement

_CREATE = """
CREATE TEMPORARY TABLE promise (
    kind text NOT NULL, key text NOT NULL, id text NOT NULL, payment_id text NOT NULL,
    amount_minor bigint NOT NULL, currency text NOT NULL)
"""
_COPY = "COPY promise (kind, key, id, payment_id, amount_minor, currency) FROM STDIN"
_INDEX = "CREATE INDEX ON promise (key)"
_ANALYZE = "ANALYZE promise"

_LOST = """
SELECT DISTINCT key FROM promise
WHERE CASE kind
    WHEN 'refund' THEN NOT EXISTS (SELECT FROM payments.refund WHERE idempotency_key = promise.key)
    ELSE NOT EXISTS (SELECT FROM payments.payment WHERE idempotency_key = promise.key)
END
"""
_MISMATCHED = """
SELECT DISTINCT promise.key
FROM promise JOIN payments.payment AS kept ON kept.idempotency_key = promise.key
WHERE promise.kind <> 'refund'
  AND (kept.id::text, kept.amount_minor, kept.currency::text)
      IS DISTINCT FROM (promise.id, promise.amount_minor, promise.currency)
UNION
SELECT DISTINCT promise.key
FROM promise JOIN payments.refund AS kept ON kept.idempotency_key = promise.key
WHERE promise.kind = 'refund'
  AND (kept.id::text, kept.payment_id::text, kept.amount_minor, kept.currency::text)
      IS DISTINCT FROM
      (promise.id, promise.payment_id, promise.amount_minor, promise.currency)
"""
# One key, two payments: told to a client, kept in the tables, or booked in the ledger.
_DUPLICATED = """
SELECT key FROM promise GROUP BY key HAVING count(DISTINCT id) > 1
UNION
SELECT kept.idempotency_key FROM payments.payment AS kept
WHERE kept.idempotency_key IN (SELECT key FROM promise WHERE kind <> 'refund')
GROUP BY kept.idempotency_key HAVING count(*) > 1
UNION
SELECT kept.idempotency_key FROM payments.refund AS kept
WHERE kept.idempotency_key IN (SELECT key FROM promise WHERE kind = 'refund')
GROUP BY kept.idempotency_key HAVING count(*) > 1
UNION
SELECT kept.idempotency_key
FROM payments.payment AS kept
JOIN payments.ledger_entry AS entry ON entry.payment_id = kept.id AND entry.refund_id IS NULL
WHERE kept.idempotency_key IN (SELECT key FROM promise WHERE kind <> 'refund')
GROUP BY kept.idempotency_key HAVING count(*) > 2
UNION
SELECT kept.idempotency_key
FROM payments.refund AS kept
JOIN payments.ledger_entry AS entry ON entry.refund_id = kept.id
WHERE kept.idempotency_key IN (SELECT key FROM promise WHERE kind = 'refund')
GROUP BY kept.idempotency_key HAVING count(*) > 2
"""
# Every promise is booked: one entry of plus and one of minus the amount, in its currency.
_WRONGLY_BOOKED = """
SELECT kept.idempotency_key
FROM payments.payment AS kept
LEFT JOIN payments.ledger_entry AS entry
    ON entry.payment_id = kept.id AND entry.refund_id IS NULL AND entry.currency = kept.currency
WHERE kept.idempotency_key IN (SELECT key FROM promise WHERE kind <> 'refund')
GROUP BY kept.idempotency_key, kept.amount_minor
HAVING count(entry.id) < 2 OR max(entry.amount_minor) <> kept.amount_minor
    OR min(entry.amount_minor) <> -kept.amount_minor
UNION
SELECT kept.idempotency_key
FROM payments.refund AS kept
LEFT JOIN payments.ledger_entry AS entry
    ON entry.refund_id = kept.id AND entry.currency = kept.currency
WHERE kept.idempotency_key IN (SELECT key FROM promise WHERE kind = 'refund')
GROUP BY kept.idempotency_key, kept.amount_minor
HAVING count(entry.id) < 2 OR max(entry.amount_minor) <> kept.amount_minor
    OR min(entry.amount_minor) <> -kept.amount_minor
"""
_UNPROMISED = """
SELECT idempotency_key FROM payments.payment AS kept
WHERE starts_with(idempotency_key, %(run)s)
  AND NOT EXISTS (SELECT FROM promise WHERE key = kept.idempotency_key)
UNION
SELECT idempotency_key FROM payments.refund AS kept
WHERE starts_with(idempotency_key, %(run)s)
  AND NOT EXISTS (SELECT FROM promise WHERE key = kept.idempotency_key)
"""

Keys = frozenset[str]


def load_promises(connection: psycopg.Connection[Any], promises: Iterable[Acknowledgement]) -> None:
    """Put the promises into a temporary table of this session."""
    connection.execute(_CREATE)
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for one in promises:
            copy.write_row(
                (one.kind, one.key, one.id, one.payment_id, one.amount_minor, one.currency)
            )
    connection.execute(_INDEX)
    connection.execute(_ANALYZE)


def lost(connection: psycopg.Connection[Any]) -> Keys:
    """Return the keys of promises that this database knows nothing of."""
    return _keys(connection, _LOST)


def mismatched(connection: psycopg.Connection[Any]) -> Keys:
    """Return the keys kept with another id, amount or currency, or booked wrongly."""
    return _keys(connection, _MISMATCHED) | _keys(connection, _WRONGLY_BOOKED)


def duplicated(connection: psycopg.Connection[Any]) -> Keys:
    """Return the keys promised under two ids, kept twice or booked twice."""
    return _keys(connection, _DUPLICATED)


def unpromised(connection: psycopg.Connection[Any], *, run: str) -> Keys:
    """Return the keys of this run that were kept although nobody was told so."""
    with connection.cursor() as cursor:
        return frozenset(row[0] for row in cursor.execute(_UNPROMISED, {"run": f"{run}-"}))


def _keys(connection: psycopg.Connection[Any], query: str) -> Keys:
    return frozenset(row[0] for row in connection.execute(query.encode()))
