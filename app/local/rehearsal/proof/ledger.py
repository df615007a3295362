"""Double entry: whatever happened, the ledger sums to zero, as a whole and for every payment."""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg

_BY_CURRENCY = """
SELECT currency::text, count(*), sum(amount_minor)::text, (sum(amount_minor)
       FILTER (WHERE amount_minor > 0))::text
FROM payments.ledger_entry GROUP BY currency ORDER BY currency
"""
_UNBALANCED = """
SELECT count(*) FROM (
    SELECT FROM payments.ledger_entry GROUP BY payment_id, currency HAVING sum(amount_minor) <> 0
) AS unbalanced
"""
_REFUNDS_DISAGREE = """
SELECT count(*)
FROM payments.payment AS kept
FULL JOIN (
    SELECT payment_id, sum(amount_minor) AS amount_minor FROM payments.refund GROUP BY payment_id
) AS given_back ON given_back.payment_id = kept.id
WHERE coalesce(kept.refunded_minor, -1) <> coalesce(given_back.amount_minor, 0)
"""


class CurrencyTotal(NamedTuple):
    """One currency's ledger: entries, their sum (must be zero) and what was moved, minor units."""

    currency: str
    entries: int
    sum_minor: int
    moved_minor: int


class Ledger(NamedTuple):
    """The ledger of one site."""

    totals: tuple[CurrencyTotal, ...]
    unbalanced_payments: int
    disagreeing_refunds: int

    @property
    def sums_to_zero(self) -> bool:
        """Whether nothing was made or lost, anywhere."""
        return (
            all(total.sum_minor == 0 for total in self.totals)
            and self.unbalanced_payments == 0
            and self.disagreeing_refunds == 0
        )


def read_ledger(connection: psycopg.Connection[Any]) -> Ledger:
    """Return the sums of the whole ledger of this database."""
    totals = tuple(
        CurrencyTotal(currency, entries, int(summed), int(moved or 0))
        for currency, entries, summed, moved in connection.execute(_BY_CURRENCY)
    )
    return Ledger(totals, _count(connection, _UNBALANCED), _count(connection, _REFUNDS_DISAGREE))


def _count(connection: psycopg.Connection[Any], query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    return 0 if row is None else int(row[0])
