"""What a right answer looks like, for each kind of request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from app.local.rehearsal.load.memory import Intent, Paid

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request and the judgement of its answer: an empty string when it is right."""

    kind: str
    method: str
    path: str
    key: str
    status: int
    judge: Callable[[Body], str]
    body: Mapping[str, str | int] | None = None
    intent: Intent | None = None
    payment_id: str = ""
    amount_minor: int = 0
    currency: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def verdict(self, *, status: int, body: Body, resent: bool) -> str:
        """Empty, or why this answer is a failure; a resent write may be answered as a replay."""
        replayed = resent and (self.status, status) == (HTTPStatus.CREATED, HTTPStatus.OK)
        if status != self.status and not replayed:
            return f"status {status}"
        return self.judge(body)


def pay(intent: Intent) -> Wanted:
    """Return a new payment: 201 with the amount and currency asked for."""
    return Wanted(
        kind="pay",
        method="POST",
        path="/v1/payments",
        key=intent.key,
        status=201,
        judge=lambda body: _money(body, amount=intent.amount_minor, currency=intent.currency),
        body=intent.body(),
        intent=intent,
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        headers={"Idempotency-Key": intent.key},
    )


def repeat(paid: Paid) -> Wanted:
    """Return the same payment again: 200 with the very same id."""
    intent = paid.intent
    return Wanted(
        kind="repeat",
        method="POST",
        path="/v1/payments",
        key=intent.key,
        status=200,
        judge=lambda body: _same(body, paid),
        body=intent.body(),
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        headers={"Idempotency-Key": intent.key},
    )


def read(paid: Paid) -> Wanted:
    """Return an earlier payment: 200 with its amount and currency."""
    return Wanted(
        kind="read",
        method="GET",
        path=f"/v1/payments/{paid.id}",
        key="",
        status=200,
        judge=lambda body: _same(body, paid),
    )


def refund(paid: Paid, *, amount_minor: int, key: str) -> Wanted:
    """Money back: 201 with the amount asked for."""
    return Wanted(
        kind="refund",
        method="POST",
        path=f"/v1/payments/{paid.id}/refunds",
        key=key,
        status=201,
        judge=lambda body: _money(body, amount=amount_minor, currency=paid.intent.currency),
        body={"amount_minor": amount_minor},
        payment_id=paid.id,
        amount_minor=amount_minor,
        currency=paid.intent.currency,
        headers={"Idempotency-Key": key},
    )


def _same(body: Body, paid: Paid) -> str:
    if body.get("id") != paid.id:
        return f"another payment: {body.get('id')}"
    return _money(body, amount=paid.intent.amount_minor, currency=paid.intent.currency)


def _money(body: Body, *, amount: int, currency: str) -> str:
    if not body.get("id"):
        return "no id in the answer"
    if body.get("amount_minor") != amount or body.get("currency", currency) != currency:
        return f"another amount: {body.get('amount_minor')} {body.get('currency')}"
    return ""
