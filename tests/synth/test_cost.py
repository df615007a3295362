"""What the production environment costs, as it is synthesized."""

from __future__ import annotations

from app.config.loading import load_environment
from app.pipeline.cost.estimate import Estimate, estimate
from app.pipeline.cost.inventory import read_inventory
from app.pipeline.cost.prices import load_prices
from tests.synth.workspaces import Synthesized


def priced(synthesized: Synthesized, name: str) -> Estimate:
    environment = load_environment(name)
    prices = load_prices(region=environment.region)
    return estimate(synthesized.directory, environment=environment, prices=prices)


def test_everything_that_production_synthesizes_is_priced_below_1500_usd(
    production: Synthesized,
) -> None:
    read = {resource.workspace for resource in read_inventory(production.directory)}
    assert read == {"phases" if "phase-" in name else name for name in production.order}
    found = priced(production, "production")
    assert 0 < found.usd <= 1500, found.largest(10)


def test_the_profile_is_the_one_that_the_price_is_promised_for() -> None:
    usage = load_environment("production").cost.usage
    assert (usage.transactions_per_day, usage.data_gigabytes) == (50_000, 500)


def test_the_local_environment_is_priced_too(local: Synthesized) -> None:
    assert priced(local, "local").excess() is None
