"""Gives money back: never more than is left, never twice for one key."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from app.lambdas.payment_api import problems
from app.lambdas.payment_api.cursors import cursor_of
from app.lambdas.payment_api.models import NewRefund, Refund
from app.lambdas.payment_api.payments import Connection, statement

_LOCK = statement("lock_payment")
_TAKE = statement("take_refund")
_BY_KEY = statement("refund_by_key")


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
            cursor = cursor_of(connection)
            ids = {"payment_id": self._payment_id}
            locked = cursor.execute(_LOCK, ids, prepare=True).fetchone()
            stored = cursor.execute(_BY_KEY, {"key": self._key}, prepare=True).fetchone()
            if stored is not None:
                return self._replay(stored)
            values = {
                **ids,
                "id": self._id,
                "key": self._key,
                "hash": self._hash,
                "amount_minor": self._amount_minor,
            }
            # Even when there is nothing to refund: the attempt to write makes the fence speak, and
            # only the writer may say that a payment does not exist.
            row = cursor.execute(_TAKE, values, prepare=True).fetchone()
            if row is not None:
                return Refunded(_refund(row), replayed=False)
            if locked is None:
                raise problems.unknown_payment()
            # The same key arrived for another payment a moment ago, or too little is left.
            stored = cursor.execute(_BY_KEY, {"key": self._key}, prepare=True).fetchone()
            if stored is not None:
                return self._replay(stored)
            raise problems.refund_exceeds_remainder(locked[0])

    def _replay(self, row: tuple[Any, ...]) -> Refunded:
        *columns, stored_hash = row
        if bytes(stored_hash) != self._hash:
            raise problems.idempotency_key_reused()
        refund = _refund(tuple(columns))
        return Refunded(refund, replayed=refund.id != self._id)


def _refund(row: tuple[Any, ...]) -> Refund:
    id_, payment_id, amount_minor, currency, created_at = row
    return Refund.model_construct(
        id=id_,
        payment_id=payment_id,
        amount_minor=amount_minor,
        currency=currency,
        created_at=created_at,
    )
