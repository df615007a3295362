"""What goes over the wire: requests, answers, and the rules each value must keep."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictInt,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from app.lambdas.payment_api.currencies import CURRENCIES

MAX_AMOUNT_MINOR = 99_999_999_999

PaymentStatus = Literal["captured", "partially_refunded", "refunded"]


def _active_currency(code: str) -> str:
    if code not in CURRENCIES:
        error_type = "currency"
        message = "Input should be an active ISO 4217 currency code, such as USD"
        raise PydanticCustomError(error_type, message)
    return code


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


# Strict: 10.0, "10" and true are not amounts.
AmountMinor = Annotated[
    StrictInt,
    Field(
        ge=1,
        le=MAX_AMOUNT_MINOR,
        description="Amount in the currency's minor unit",
        examples=[1999],
    ),
]
Currency = Annotated[
    str,
    Field(
        pattern=r"^[A-Z]{3}$",
        description="ISO 4217 code",
        examples=["USD"],
        json_schema_extra={"enum": sorted(CURRENCIES)},
    ),
    AfterValidator(_active_currency),
]
MerchantId = Annotated[str, Field(pattern=r"^m-[A-Za-z0-9_-]{1,62}$", examples=["m-4711"])]
Moment = Annotated[
    datetime,
    PlainSerializer(_utc, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class NewPayment(_Request):
    """The body of `POST /v1/payments`."""

    amount_minor: AmountMinor
    currency: Currency
    merchant_id: MerchantId


class NewRefund(_Request):
    """The body of `POST /v1/payments/{id}/refunds`; the currency is the payment's."""

    amount_minor: AmountMinor


class Payment(_Answer):
    """A payment as it stands now."""

    id: UUID
    amount_minor: int
    currency: str
    merchant_id: str
    status: PaymentStatus
    refunded_minor: int
    created_at: Moment


class Refund(_Answer):
    """A refund of part or all of a payment."""

    id: UUID
    payment_id: UUID
    amount_minor: int
    currency: str
    created_at: Moment


class Health(_Answer):
    """This copy of the API runs; says nothing about the databases."""

    status: Literal["ok"] = "ok"
    site: Literal["legacy", "aws"]
