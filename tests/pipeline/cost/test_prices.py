"""The price list that ships: dated, with sources, honest about what was not looked up."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import ConfigError, InputError
from app.pipeline.cost.prices import PRICES, Unpriced, load_prices
from tests.pipeline.cost.billing import FIGURES

REGION = "us-east-2"


def spoiled(tmp_path: Path, old: str, new: str) -> Path:
    text = PRICES.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "prices.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


def test_every_price_that_a_pricer_asks_for_is_in_the_list() -> None:
    """The tests of the pricers use every key they can ask for; classes are more than two."""
    assert set(load_prices(region=REGION).prices) >= set(FIGURES)


def test_every_figure_of_another_region_is_marked() -> None:
    prices = load_prices(region=REGION)
    regions = {key: price.region for key, price in prices.prices.items()}
    assert set(regions.values()) <= {"us-east-1", "us-east-2", "global"}
    assert prices.taken_from_elsewhere() == tuple(
        key for key, region in regions.items() if region == "us-east-1"
    )


def test_an_assumed_price_says_why(tmp_path: Path) -> None:
    file = spoiled(tmp_path, '    note: "Twice db.t4g.medium: sizes of one family double."\n', "")
    with pytest.raises(ConfigError) as refusal:
        load_prices(file, region=REGION)
    (problem,) = refusal.value.problems
    assert problem.message == "an assumed price has no note"
    line = file.read_text(encoding="utf-8").splitlines()[problem.line - 1]
    assert line == "    basis: assumed"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("usd: 0.045", "usd: -1", "usd is -1"),
        ("looked_up: 2026-11-23", "looked_up: lately", 'looked_up is "lately"'),
        ("source: https://aws", "source: aws", "source is"),
        ("    unit: hour\n", "", "nat_gateway_hour has no unit"),
    ],
)
def test_a_mistake_in_the_list_is_located(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        load_prices(spoiled(tmp_path, old, new), region=REGION)
    assert message in refusal.value.problems[0].message


def test_the_prices_of_another_region_are_refused() -> None:
    with pytest.raises(InputError) as refusal:
        load_prices(region="eu-west-1")
    assert refusal.value.message == (
        "prices.yaml holds the prices of us-east-2, the environment is in eu-west-1"
    )


def test_a_price_that_is_missing_is_an_error_with_its_key() -> None:
    with pytest.raises(Unpriced) as refusal:
        load_prices(region=REGION).price("aurora_db.z9.large_hour", what="the writer")
    assert refusal.value.message == (
        "the writer has no price: prices.yaml has no aurora_db.z9.large_hour"
    )
