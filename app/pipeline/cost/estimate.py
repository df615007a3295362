"""What a set of workspaces costs a month, line by line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.config.environment import Environment
from app.config.names import Names
from app.errors import LimitExceeded
from app.pipeline.cost.inventory import read_inventory
from app.pipeline.cost.line import Context, Line
from app.pipeline.cost.prices import PriceList
from app.pipeline.cost.registry import price_resource

_REMEDIES = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """All lines of one environment, and the limit it was given."""

    environment: str
    limit_usd: float
    resources: int
    lines: tuple[Line, ...]

    @property
    def usd(self) -> float:
        """The sum."""
        return sum(line.usd for line in self.lines)

    @property
    def services(self) -> dict[tuple[str, str], float]:
        """The sum of each workspace and service, dearest first within a workspace."""
        sums: defaultdict[tuple[str, str], float] = defaultdict(float)
        for line in self.lines:
            sums[line.workspace, line.service] += line.usd
        return dict(sorted(sums.items(), key=lambda item: (item[0][0], -item[1])))

    def largest(self, count: int) -> list[Line]:
        """The dearest lines."""
        return sorted(self.lines, key=lambda line: -line.usd)[:count]

    def excess(self) -> LimitExceeded | None:
        """The refusal when the sum is above the limit: by how much, and what weighs most."""
        if self.usd <= self.limit_usd:
            return None
        dearest = "; ".join(
            f"{line.usd:.2f} {line.resource} {line.name}" for line in self.largest(_REMEDIES)
        )
        return LimitExceeded(
            f"{self.environment} costs {self.usd:,.2f} USD a month,"
            f" {self.usd - self.limit_usd:,.2f} above the limit of {self.limit_usd:,.2f}",
            remedy=f"make the dearest smaller ({dearest}), or raise cost.monthly_limit_usd",
        )

    def as_record(self) -> dict[str, Any]:
        """Describe the estimate for programs; USD, sums in cents."""
        return {
            "environment": self.environment,
            "usd_per_month": round(self.usd, 2),
            "limit_usd": self.limit_usd,
            "within_limit": self.excess() is None,
            "resources": self.resources,
            "services": [
                {"workspace": workspace, "service": service, "usd": round(usd, 2)}
                for (workspace, service), usd in self.services.items()
            ],
            "lines": [line_record(line) for line in self.lines],
        }


def estimate(directory: Path, *, environment: Environment, prices: PriceList) -> Estimate:
    """Price what is synthesized in `directory`. Unpriced when a resource has no pricer or price."""
    resources = read_inventory(directory)
    context = Context(
        usage=environment.cost.usage,
        prices=prices,
        names=Names.of(environment),
        zones=len(environment.zones),
        resources=resources,
    )
    lines = [line for resource in resources for line in price_resource(resource, context)]
    return Estimate(
        environment=environment.name,
        limit_usd=environment.cost.monthly_limit_usd,
        resources=sum(one.instances for one in resources),
        lines=tuple(lines),
    )


def line_record(line: Line) -> Mapping[str, Any]:
    """Describe one line for programs."""
    return {
        "workspace": line.workspace,
        "service": line.service,
        "resource": line.resource,
        "name": line.name,
        "quantity": round(line.quantity, 6),
        "unit": line.price.unit,
        "unit_usd": line.price.usd,
        "usd": round(line.usd, 4),
        "how": line.how,
        "basis": line.price.basis,
        "price_region": line.price.region,
        "source": line.price.source,
    }
