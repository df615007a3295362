"""A payment history of any size, made inside the database at the speed of the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.migration.postponed import make_up, postpone

if TYPE_CHECKING:
    import psycopg

Progress = Callable[[int, int], None]

DEFAULT_PAYMENTS = 1_000_000
BATCH_PAYMENTS = 100_000

# The history covers a year that ended when it was seeded. Every value follows from the number of
# the payment, so two databases seeded alike are equal. Amounts are spread like those of a shop:
# mostly small, sometimes large. Keys are random uuids, as a client's would be.
_PAYMENTS = """
INSERT INTO payments.payment
    (id, idempotency_key, request_hash, merchant_id, amount_minor, currency, created_at)
SELECT md5('payment ' || n)::uuid,
       'seed-' || n,
       decode(md5('request ' || n), 'hex'),
       'm-' || (1 + (n * 7919) %% 500),
       50 + (hashint8(n)::bigint & 1023) * (hashint8(n + 1)::bigint & 63),
       (ARRAY['USD','USD','USD','USD','EUR','EUR','GBP','CAD','JPY','MXN'])[1 + n %% 10],
       %(end)s::timestamptz - (%(rows)s::bigint - n) * (interval '365 days' / %(rows)s::float)
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
"""
_LEDGER = """
INSERT INTO payments.ledger_entry (payment_id, account, amount_minor, currency, created_at)
SELECT p.id, side.account, side.amount_minor, p.currency, p.created_at
FROM payments.payment p
CROSS JOIN LATERAL (VALUES ('merchant:' || p.merchant_id, p.amount_minor),
                           ('clearing', -p.amount_minor)) AS side (account, amount_minor)
"""


def seed_payments(
    connection: psycopg.Connection,
    *,
    rows: int = DEFAULT_PAYMENTS,
    progress: Progress | None = None,
) -> None:
    """Fill an empty payment system with `rows` payments and two ledger rows each.

    All or nothing. `progress` is called with the payments done and `rows`. The connection's role
    must own the tables, and the database must be prepared and the writer.
    """
    report = progress or (lambda _done, _rows: None)
    with connection.transaction():
        connection.execute("SET LOCAL synchronous_commit = off")
        postpone(connection, primary_keys=True)
        end = connection.execute("SELECT date_trunc('second', now())").fetchone()
        for first in range(1, rows + 1, BATCH_PAYMENTS):
            last = min(first + BATCH_PAYMENTS - 1, rows)
            values = {"first": first, "last": last, "rows": rows, "end": end and end[0]}
            connection.execute(_PAYMENTS, values)
            report(last, rows)
        connection.execute(_LEDGER)
        make_up(connection)
    connection.execute("ANALYZE payments.payment, payments.ledger_entry")
