"""The price list: figures with unit, region, date and source, in `prices.yaml` beside this file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.config.base import Settings, mistake
from app.config.loading import read_settings
from app.config.values import Region
from app.errors import InputError

PRICES = Path(__file__).with_name("prices.yaml")
GLOBAL = "global"
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$", examples=["nat_gateway_hour"])]


class Query(Settings):
    """Where the AWS pricing API has this figure.

    `usage_type` is its usagetype without the prefix of the region (`USE2-`); `where` are further
    attributes; `per` is how many of the API's units are one of ours.
    """

    service: str = Field(min_length=3)
    usage_type: str = Field(min_length=3)
    where: dict[str, str] = Field(default_factory=dict)
    per: int = Field(default=1, ge=1)


class Price(Settings):
    """One figure. `assumed` is a figure without a page that says it; `note` then says why."""

    usd: float = Field(ge=0)
    unit: str = Field(min_length=1)
    region: Region | Literal["global"]
    looked_up: date
    basis: Literal["published", "assumed"] = "published"
    source: str = Field(pattern=r"^https://", examples=["https://aws.amazon.com/vpc/pricing/"])
    note: str = ""
    query: Query | None = None

    @model_validator(mode="after")
    def _assumptions_have_a_reason(self) -> Price:
        if self.basis == "assumed" and not self.note:
            raise mistake(
                "an assumed price has no note", at=("basis",), remedy="add note: why this figure"
            )
        return self


class PriceList(Settings):
    """All prices, taken as those of `region`; entries of another region are taken as equal."""

    region: Region
    prices: dict[Key, Price]

    def price(self, key: str, *, what: str) -> Price:
        """Return a price; InputError when the list has none: nothing is priced as zero."""
        if key in self.prices:
            return self.prices[key]
        message = f"{what} has no price: {PRICES.name} has no {key}"
        raise Unpriced(message, remedy=f"add {key} to {PRICES.name}, with its source")

    def taken_from_elsewhere(self) -> tuple[str, ...]:
        """The keys whose figure was looked up in another region than that of the list."""
        places = {self.region, GLOBAL}
        return tuple(key for key, one in self.prices.items() if one.region not in places)

    def assumed(self) -> tuple[str, ...]:
        """The keys whose figure no page says."""
        return tuple(key for key, one in self.prices.items() if one.basis == "assumed")


class Unpriced(InputError):
    """Something is synthesized that no pricer or no price knows; it never counts as zero."""


def load_prices(file: Path = PRICES, *, region: str) -> PriceList:
    """Read the price list. InputError when it is not the one of `region`."""
    _, prices = read_settings(file, PriceList)
    if prices.region != region:
        message = f"{file.name} holds the prices of {prices.region}, the environment is in {region}"
        remedy = f"look up those of {region}: payshift cost --refresh"
        raise InputError(message, remedy=remedy)
    return prices
