"""The price of a stored bundle: nobody who asks waits for a synthesis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from app.errors import InputError, WorldError
from app.pipeline import aws
from app.pipeline.bundle_store import BundleStore
from app.pipeline.cost.estimate import Estimate, estimate
from app.pipeline.cost.prices import load_prices
from app.pipeline.digest import inputs_digest
from app.pipeline.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPrice:
    """What a month costs by a stored bundle: where that lies, since when, and how old prices are.

    `prices_since` is when the price that was looked up longest ago was.
    """

    usd: float
    limit_usd: float
    digest: str
    place: str
    since: datetime
    prices_since: date

    @property
    def above_limit(self) -> bool:
        """Whether it costs more than the environment may."""
        return self.usd > self.limit_usd

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON; USD, in cents."""
        return {
            "usd_per_month": round(self.usd, 2),
            "limit_usd": self.limit_usd,
            "within_limit": not self.above_limit,
            "bundle": self.digest,
            "place": self.place,
            "since": self.since.isoformat(timespec="seconds"),
            "prices_since": self.prices_since.isoformat(),
        }

    def __str__(self) -> str:
        return (
            f"{self.usd:,.0f} of {self.limit_usd:,.0f} USD a month: bundle {self.digest[:12]}, in "
            f"{self.place} since {self.since:%Y-%m-%d %H:%M} UTC; prices of {self.prices_since}"
        )


def known_price(target: Target, phases: Path) -> KnownPrice:
    """Price the bundle of this code and these phases. WorldError says why there is no price."""
    environment = target.environment
    try:
        digest = inputs_digest(environment=environment.name, phases=phases)
    except OSError as error:
        message = f"what the workspaces are made from cannot be read: {error}"
        raise WorldError(message, remedy="make it readable") from error
    store = BundleStore(aws.s3(environment), target.names.evidence_bucket, target.build / "bundles")
    bundle = store.find(digest)
    if bundle is None:
        raise WorldError(
            f"the bundle {digest[:12]} of this code and these phases is stored nowhere yet: "
            "payshift deliver stores it, payshift cost prices it now",
            remedy="payshift cost",
        )
    stored = store.stored_since(digest)
    here = datetime.fromtimestamp(bundle.directory.stat().st_mtime, UTC)
    try:
        prices = load_prices(region=environment.region)
        found: Estimate = estimate(bundle.directory, environment=environment, prices=prices)
    except InputError as error:
        message = f"the bundle {digest[:12]} cannot be priced: {error.message}"
        raise WorldError(message, remedy=error.remedy) from error
    return KnownPrice(
        usd=found.usd,
        limit_usd=found.limit_usd,
        digest=digest,
        place="the evidence bucket" if stored else "this machine",
        since=stored or here,
        prices_since=min(one.looked_up for one in prices.prices.values()),
    )
