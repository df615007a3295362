"""Brings the price list up to date from the AWS pricing API; comments and sources stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.config.loading import read_settings
from app.errors import InputError
from app.pipeline import aws
from app.pipeline.cost.price_api import PricingClient, Unclear, ask
from app.pipeline.cost.price_edit import rewrite
from app.pipeline.cost.prices import GLOBAL, Price, PriceList


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh found: figures that changed or stayed, and entries that it left alone."""

    changed: Mapping[str, tuple[Decimal, Decimal]]
    same: tuple[str, ...]
    unclear: Mapping[str, str]
    unasked: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """Describe it for programs."""
        return {
            "changed": {
                key: {"before_usd": float(before), "after_usd": float(after)}
                for key, (before, after) in self.changed.items()
            },
            "same": list(self.same),
            "unclear": dict(self.unclear),
            "unasked": list(self.unasked),
        }

    def lines(self) -> list[str]:
        """Say it to people."""
        lines = [f"{key}: {plain(old)} → {plain(new)}" for key, (old, new) in self.changed.items()]
        lines += [f"{key}: left as it is, {why}" for key, why in self.unclear.items()]
        lines.append(
            f"{len(self.changed)} prices changed, {len(self.same)} are as they were,"
            f" {len(self.unclear)} unclear, {len(self.unasked)} without a query"
        )
        return lines


def refresh(
    file: Path, *, region: str, client: PricingClient | None = None, today: date | None = None
) -> Refreshed:
    """Ask for every price that has a query, then rewrite the file in one step.

    WorldError when AWS cannot be asked; the file is then as it was. An answer without exactly one
    figure changes nothing and is reported. InputError when the list would become that of another
    region with figures of this one left in it.
    """
    _, prices = read_settings(file, PriceList)
    with aws.translated("reading the AWS pricing API"):
        found, unclear = _ask_all(prices, region, client or aws.pricing())
    _check_complete(prices, found, region=region)
    rewrite(file, found, region=region, today=today or datetime.now(UTC).date())
    before = {key: _figure(prices.prices[key]) for key in found}
    changed = {key: (before[key], new) for key, new in found.items() if before[key] != new}
    return Refreshed(
        changed=changed,
        same=tuple(key for key in found if key not in changed),
        unclear=unclear,
        unasked=tuple(key for key, price in prices.prices.items() if price.query is None),
    )


def plain(figure: Decimal) -> str:
    """Write a figure without an exponent."""
    return f"{figure.normalize():f}"


def _ask_all(
    prices: PriceList, region: str, client: PricingClient
) -> tuple[dict[str, Decimal], dict[str, str]]:
    found: dict[str, Decimal] = {}
    unclear: dict[str, str] = {}
    for key, price in prices.prices.items():
        if price.query is None:
            continue
        try:
            found[key] = ask(client, price.query, region=region)
        except Unclear as error:
            unclear[key] = str(error)
    return found, unclear


def _check_complete(prices: PriceList, found: Mapping[str, Decimal], *, region: str) -> None:
    """Regions next to each other are taken as equal, one abroad is not."""
    left = [
        key for key, price in prices.prices.items() if key not in found and price.region != GLOBAL
    ]
    if prices.region != region and left:
        message = f"the API does not have these prices of {region}: {', '.join(left)}"
        raise InputError(message, remedy=f"look them up and write them, with region: {region}")


def _figure(price: Price) -> Decimal:
    return Decimal(str(price.usd))
