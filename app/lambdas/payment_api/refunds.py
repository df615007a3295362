"""Gives money back: never more than is left, never twice for one key."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from app.lambdas.payment_api import problems
from app.lambdas.payment_api.models import NewRefund, Refund
from app.lambdas.payment_api.payments import Connection, statement
from app.lambdas.payment_api.prepared import Prepared, Row

_LOCK = Prepared(statement("lock_payment"), payment_id="uuid")
_TAKE = Prepared(
    statement("take_refund"),
    payment_id="uuid",
    id="uuid",
    key="text",
    hash="bytea",
    amount_minor="int8",
)
_BY_KEY = Prepared(statement("refund_by_key"), key="text")


class Refunded(NamedTuple):
    """A refund, and whether an earlier request with this key had made it."""

    refund: Refund
    replayed: bool


class TakeRefund:
    """One request for a refund; may be carried out any number of times with one effect."""

    def __init__(self, payment_id: UUID, request: NewRefund, *, key: str) -> None:
        self._payment_id = payment_id
        self._key = key
        self._amount_minor = request.amount_minor
        self._id = uuid4()
        text = f"{payment_id}:{request.model_dump_json()}"
        self._hash = hashlib.sha256(text.encode()).digest()

    def __call__(self, connection: Connection) -> Refunded:
        """Write refund, payment and two ledger rows in one transaction, or find the key's refund.

        The payment's row is locked first, so two refunds of one payment queue up and the second
        sees what the first has left. Raises the Problems `unknown-payment`,
        `refund-exceeds-remainder` and `idempotency-key-reused`; nothing is written then.
        """
        with connection.transaction():
            locked = _LOCK.row(connection, {"payment_id": self._payment_id})
            stored = _BY_KEY.row(connection, {"key": self._key})
            if stored is not None:
                return self._replay(stored)
            # Even when there is nothing to refund: the attempt to write makes the fence speak, and
            # only the writer may say that a payment does not exist.
            row = _TAKE.row(
                connection,
                {
                    "payment_id": self._payment_id,
                    "id": self._id,
                    "key": self._key,
                    "hash": self._hash,
                    "amount_minor": self._amount_minor,
                },
            )
            if row is not None:
                return Refunded(_refund(row), replayed=False)
            if locked is None:
                raise problems.unknown_payment()
            # The same key arrived for another payment a moment ago, or too little is left.
            stored = _BY_KEY.row(connection, {"key": self._key})
            if stored is not None:
                return self._replay(stored)
            raise problems.refund_exceeds_remainder(locked[0])

    def _replay(self, row: Row) -> Refunded:
        *columns, stored_hash = row
        if bytes(stored_hash) != self._hash:
            raise problems.idempotency_key_reused()
        refund = _refund(columns)
        return Refunded(refund, replayed=refund.id != self._id)


def _refund(columns: Sequence[Any]) -> Refund:
    id_, payment_id, amount_minor, currency, created_at = columns
    return Refund.model_construct(
        id=id_,
        payment_id=payment_id,
        amount_minor=amount_minor,
        currency=currency,
        created_at=created_at,
    )
