"""What pricers give and take: priced lines, and what there is to know about usage and prices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.config.cost import Usage
from app.config.names import Names
from app.pipeline.cost.prices import Price, PriceList
from app.pipeline.cost.resource import Resource

HOURS = 730
"""Of an average month: 365 days of 24 hours in 12 months, as AWS's own calculator counts."""
DAYS = HOURS / 24
KILOBYTES_PER_GIGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One position of the bill. `how` says where the quantity comes from."""

    workspace: str
    resource: str
    service: str
    name: str
    quantity: float
    price: Price
    how: str

    @property
    def usd(self) -> float:
        """What it costs a month."""
        return self.quantity * self.price.usd


@dataclass(frozen=True, slots=True)
class Context:
    """Everything beside the resource itself that decides what it costs."""

    usage: Usage
    prices: PriceList
    names: Names
    zones: int
    resources: Sequence[Resource]

    def of(self, kind: str) -> list[Resource]:
        """All resources of a type, of all workspaces."""
        return [one for one in self.resources if one.kind == kind]

    def shared(
        self, resource: Resource, total: float, *, by: Callable[[Resource], bool] | None = None
    ) -> float:
        """Give one instance its part of a volume that all of its type (and of `by`) carry."""
        sharers = [one for one in self.of(resource.kind) if by is None or by(one)]
        return total / max(1, sum(one.instances for one in sharers))

    @property
    def transactions(self) -> float:
        """Transactions a month."""
        return self.usage.transactions_per_day * DAYS

    @property
    def requests(self) -> float:
        """Requests to the payment API a month."""
        return self.transactions * self.usage.requests_per_transaction

    @property
    def stored_gigabytes(self) -> float:
        """Size of the database once the planned growth has come."""
        return (
            self.usage.data_gigabytes
            + self.usage.growth_gigabytes_per_month * self.usage.growth_months
        )

    @property
    def dns_log_gigabytes(self) -> float:
        """What Route 53 logs a month."""
        usage = self.usage
        return usage.dns_queries_per_month * usage.dns_log_kilobytes / KILOBYTES_PER_GIGABYTE

    @property
    def waf_log_gigabytes(self) -> float:
        """What the firewall logs a month."""
        return self.requests * self.usage.waf_log_kilobytes / KILOBYTES_PER_GIGABYTE

    @property
    def request_log_gigabytes(self) -> float:
        """What the payment API logs a month."""
        return self.requests * self.usage.request_log_kilobytes / KILOBYTES_PER_GIGABYTE
