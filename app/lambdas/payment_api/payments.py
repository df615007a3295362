"""Takes and reads payments: what a payment is in the database, in one statement each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg

from app.lambdas.payment_api import problems
from app.lambdas.payment_api.models import NewPayment, Payment
from app.lambdas.payment_api.prepared import Prepared

Connection = psycopg.Connection


class Taken(NamedTuple):
    """A payment, and whether an earlier request with this key had made it."""

    payment: Payment
    replayed: bool


def statement(name: str) -> str:
    """Return the SQL of one of our statements; the package's files are as trusted as its code."""
    return files("app.lambdas.payment_api").joinpath(f"sql/{name}.sql").read_text("utf-8")


_TAKE = Prepared(
    statement("take_payment"),
    id="uuid",
    key="text",
    hash="bytea",
    merchant_id="text",
    amount_minor="int8",
    currency="text",
)
_BY_KEY = Prepared(statement("payment_by_key"), key="text")
_BY_ID = Prepared(statement("payment_by_id"), id="uuid")


class TakePayment:
    """One request for a payment; may be carried out any number of times with one effect."""

    def __init__(self, request: NewPayment, *, key: str) -> None:
        self._request = request
        self._key = key
        # Chosen once per request: finding it under the key later proves that this request made it.
        self._id = uuid4()
        self._hash = hashlib.sha256(request.model_dump_json().encode()).digest()

    def __call__(self, connection: Connection) -> Taken:
        """Write the payment and its two ledger rows, or find the one that has this key.

        Raises the Problem `idempotency-key-reused` when that one was asked for differently.
        """
        row = _TAKE.row(
            connection,
            {
                "id": self._id,
                "key": self._key,
                "hash": self._hash,
                "merchant_id": self._request.merchant_id,
                "amount_minor": self._request.amount_minor,
                "currency": self._request.currency,
            },
        )
        if row is not None:
            return Taken(_payment(row), replayed=False)
        row = _BY_KEY.row(connection, {"key": self._key})
        if row is None:
            # Only a deletion between the two statements could do this; nothing deletes payments.
            msg = "the payment of a key that is taken is not there"
            raise LookupError(msg)
        *columns, stored_hash = row
        if bytes(stored_hash) != self._hash:
            raise problems.idempotency_key_reused()
        payment = _payment(columns)
        return Taken(payment, replayed=payment.id != self._id)


class Seen(NamedTuple):
    """What one database says about a payment, and whether it was accepting writes meanwhile."""

    payment: Payment | None
    accepting: bool


def read_payment(connection: Connection, payment_id: UUID) -> Seen:
    """Return the payment as this database has it, and who this database is, in one round trip."""
    row = _BY_ID.row(connection, {"id": payment_id})
    if row is None:
        return Seen(None, accepting=False)
    accepting, *columns = row
    found = columns[0] is not None
    return Seen(_payment(columns) if found else None, accepting=accepting)


def _payment(columns: Sequence[Any]) -> Payment:
    """Return the payment of the columns that every statement above gives, in their order."""
    id_, amount_minor, currency, merchant_id, status, refunded_minor, created_at = columns
    return Payment(
        id=id_,
        amount_minor=amount_minor,
        currency=currency,
        merchant_id=merchant_id,
        status=status,
        refunded_minor=refunded_minor,
        created_at=created_at,
    )
