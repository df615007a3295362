"""What the clients remember of their own payments, to read, repeat and refund them."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from itertools import count

CURRENCIES = ("USD", "USD", "USD", "EUR", "GBP", "JPY", "CHF", "BHD")
LARGEST = 99_999_999_999
_EVERYDAY = 0.98
_WHOLE = 0.3


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment as a client asks for it; repeating it means sending exactly this again."""

    key: str
    amount_minor: int
    currency: str
    merchant_id: str

    def body(self) -> dict[str, str | int]:
        """Return the JSON body of the request."""
        return {
            "amount_minor": self.amount_minor,
            "currency": self.currency,
            "merchant_id": self.merchant_id,
        }


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that was acknowledged."""

    intent: Intent
    id: str


class Memory:
    """Makes up payments and remembers the last few thousand acknowledged ones."""

    def __init__(self, *, run: str, dice: random.Random, keep: int = 4_096) -> None:
        self._run = run
        self._dice = dice
        self._numbers = count()
        self._paid: deque[Paid] = deque(maxlen=keep)
        self._refundable: deque[Paid] = deque(maxlen=keep)

    def key(self) -> str:
        """Make up an idempotency key."""
        return f"{self._run}-{next(self._numbers):08d}"

    def intent(self) -> Intent:
        """Make up a payment: mostly everyday amounts, now and then the smallest or a huge."""
        if self._dice.random() < _EVERYDAY:
            amount = self._dice.randint(100, 500_000)
        else:
            amount = self._dice.choice((1, LARGEST, self._dice.randint(1, LARGEST)))
        return Intent(
            key=self.key(),
            amount_minor=amount,
            currency=self._dice.choice(CURRENCIES),
            merchant_id=f"m-{self._dice.randint(1, 500):05d}",
        )

    def remember(self, paid: Paid) -> None:
        """Remember an acknowledged payment."""
        self._paid.append(paid)
        self._refundable.append(paid)

    def any(self) -> Paid | None:
        """Return some earlier payment, if there is one."""
        return self._dice.choice(self._paid) if self._paid else None

    def to_refund(self) -> tuple[Paid, int] | None:
        """Return a payment never refunded before, and an amount: all of it or a part."""
        if not self._refundable:
            return None
        paid = self._refundable.popleft()
        whole = paid.intent.amount_minor
        return paid, whole if self._dice.random() < _WHOLE else self._dice.randint(1, whole)
