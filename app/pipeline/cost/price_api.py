"""One price from the AWS pricing API (GetProducts)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Protocol

from app.pipeline.cost.prices import Query


class PricingClient(Protocol):
    """The part of boto3's client that is used."""

    def get_products(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401  # boto3's own shape
        """Return one page of products."""


class Unclear(Exception):
    """The API answered with no figure, or with several."""


def ask(client: PricingClient, query: Query, *, region: str) -> Decimal:
    """Return the on-demand price of a query in our unit. Unclear unless there is exactly one.

    Of a price in tiers it is the first that is not free.
    """
    figures = {
        figure
        for product in _products(client, query, region)
        if _is_of(product, query.usage_type)
        for figure in _on_demand(product)
    }
    if len(figures) != 1:
        shown = ", ".join(f"{one.normalize():f}" for one in sorted(figures))
        raise Unclear(f"the API has {len(figures)} figures for it ({shown})" if figures else
                      "the API has no figure for it")  # fmt: skip
    return figures.pop() * query.per


def _products(client: PricingClient, query: Query, region: str) -> Iterator[dict[str, Any]]:
    wanted = {"regionCode": region, **query.where}
    filters = [
        {"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in wanted.items()
    ]
    request: dict[str, Any] = {
        "ServiceCode": query.service, "Filters": filters, "FormatVersion": "aws_v1",
    }  # fmt: skip
    while True:
        page = client.get_products(**request)
        for product in page["PriceList"]:
            yield json.loads(product)
        if not page.get("NextToken"):
            return
        request["NextToken"] = page["NextToken"]


def _is_of(product: dict[str, Any], usage_type: str) -> bool:
    found = str(product["product"]["attributes"].get("usagetype", ""))
    return found == usage_type or found.endswith(f"-{usage_type}")


def _on_demand(product: dict[str, Any]) -> Iterator[Decimal]:
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        tiers = [
            (Decimal(tier.get("beginRange", "0")), Decimal(tier["pricePerUnit"]["USD"]))
            for tier in term["priceDimensions"].values()
            if "USD" in tier["pricePerUnit"]
        ]
        billed = [tier for tier in tiers if tier[1] > 0]
        if billed:
            yield min(billed)[1]
