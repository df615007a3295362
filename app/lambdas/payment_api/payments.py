"""Takes and reads payments: what a payment is in the database, in one statement each."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg

from app.lambdas.payment_api import problems
from app.lambdas.payment_api.cursors import cursor_of
from app.lambdas.payment_api.models import NewPayment, Payment

Connection = psycopg.Connection


class Taken(NamedTuple):
    """A payment, and whether an earlier request with this key had made it."""

    payment: Payment
    replayed: bool


def statement(name: str) -> str:
    """Return the SQL of one of our statements; the package's files are as trusted as its code."""
    return files("app.lambdas.payment_api").joinpath(f"sql/{name}.sql").read_text("utf-8")


# As every statement below gives a payment's columns.
_COLUMNS = (
    "id", "amount_minor", "currency", "merchant_id", "status", "refunded_minor", "created_at"
)  # fmt: skip
_TAKE = statement("take_payment")
_BY_KEY = statement("payment_by_key")
_BY_ID = statement("payment_by_id")


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
        values = {
            "id": self._id,
            "key": self._key,
            "hash": self._hash,
            **self._request.model_dump(),
        }
        cursor = cursor_of(connection)
        row = cursor.execute(_TAKE, values, prepare=True).fetchone()
        if row is not None:
            return Taken(_payment(row), replayed=False)
        row = cursor.execute(_BY_KEY, {"key": self._key}, prepare=True).fetchone()
        if row is None:
            # Only a deletion between the two statements could do this; nothing deletes payments.
            msg = "the payment of a key that is taken is not there"
            raise LookupError(msg)
        *columns, stored_hash = row
        if bytes(stored_hash) != self._hash:
            raise problems.idempotency_key_reused()
        payment = _payment(tuple(columns))
        return Taken(payment, replayed=payment.id != self._id)


class Seen(NamedTuple):
    """What one database says about a payment, and whether it was accepting writes meanwhile."""

    payment: Payment | None
    accepting: bool


def read_payment(connection: Connection, payment_id: UUID) -> Seen:
    """Return the payment as this database has it, and who this database is, in one round trip."""
    cursor = cursor_of(connection)
    row = cursor.execute(_BY_ID, {"id": payment_id}, prepare=True).fetchone()
    if row is None:
        return Seen(None, accepting=False)
    accepting, *columns = row
    found = columns[0] is not None
    return Seen(_payment(tuple(columns)) if found else None, accepting=accepting)


def _payment(row: tuple[Any, ...]) -> Payment:
    return Payment.model_validate(dict(zip(_COLUMNS, row, strict=True)))
