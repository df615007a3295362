"""Sums, the limit, and the difference to another state of the code."""

from __future__ import annotations

from pathlib import Path

from app.pipeline.cost.difference import compare
from app.pipeline.cost.estimate import Estimate
from app.pipeline.cost.table import difference_lines, estimate_lines
from tests.pipeline.cost.billing import FIGURES, Resources, estimate_of, fixed_prices, write

GATEWAYS: Resources = {"aws_nat_gateway": {"a": {}, "b": {}}}  # 2 * 32.85 + 90 * 0.045 = 69.75


def test_the_sum_is_that_of_all_workspaces(tmp_path: Path) -> None:
    directory = write(tmp_path, network=GATEWAYS, data={"aws_secretsmanager_secret": {"s": {}}})
    found = estimate_of(directory)
    assert round(found.usd, 2) == 70.65  # 69.75 + 0.40 + 100,000 ÷ 10,000 * 0.05
    assert {key: round(usd, 2) for key, usd in found.services.items()} == {
        ("data", "Secrets Manager"): 0.90,
        ("network", "VPC"): 69.75,
    }
    assert found.excess() is None


def test_at_the_limit_is_not_above_it(tmp_path: Path) -> None:
    exact: Resources = {"aws_cloudwatch_dashboard": {"one": {}}}
    assert estimate_of(write(tmp_path, observability=exact), limit_usd=3).excess() is None


def test_above_the_limit_the_answer_is_no_with_the_dearest_lines(tmp_path: Path) -> None:
    excess = estimate_of(write(tmp_path, network=GATEWAYS), limit_usd=50).excess()
    assert excess is not None
    assert excess.exit_code == 1
    assert excess.message == ("production costs 69.75 USD a month, 19.75 above the limit of 50.00")
    assert excess.remedy.startswith(
        "make the dearest smaller (32.85 aws_nat_gateway.a NAT gateway; 32.85 aws_nat_gateway.b"
    )


def test_the_table_shows_workspaces_services_and_what_the_prices_rest_on(tmp_path: Path) -> None:
    lines = estimate_lines(estimate_of(write(tmp_path, network=GATEWAYS)), fixed_prices())
    assert lines[1].split() == ["network", "VPC", "69.75"]
    assert lines[3].split() == ["total", "69.75"]
    assert lines[-1] == (
        f"{len(FIGURES)} prices for us-east-2, looked up 2026-11-24 to 2026-11-24:"
        " 0 of another region taken as equal, 0 assumed"
    )


def test_the_record_says_how_each_line_was_computed(tmp_path: Path) -> None:
    record = estimate_of(write(tmp_path, network=GATEWAYS)).as_record()
    assert (record["usd_per_month"], record["within_limit"], record["resources"]) == (
        69.75, True, 2,
    )  # fmt: skip
    assert record["lines"][0] == {
        "workspace": "network", "service": "VPC", "resource": "aws_nat_gateway.a",
        "name": "NAT gateway", "quantity": 730, "unit": "unit", "unit_usd": 0.045,
        "usd": 32.85, "how": "730 hours", "basis": "published", "price_region": "us-east-2",
        "source": "https://example.com/",
    }  # fmt: skip


def test_a_difference_names_what_is_new_gone_and_dearer(tmp_path: Path) -> None:
    before = estimate_of(write(tmp_path / "a", network={**GATEWAYS, "aws_eip": {"old": {}}}))
    after = estimate_of(
        write(tmp_path / "b", network={"aws_nat_gateway": {"a": {}, "b": {"count": 2}}})
    )
    found = compare(before, after, other="main")
    # b: 32.85 → 65.70; old address gone. Data: 45 GB each → 30 GB for a and 60 GB for both of b.
    assert [(one.resource, one.name, round(one.usd, 3)) for one in found.changes] == [
        ("aws_nat_gateway.b", "NAT gateway", 32.85),
        ("aws_eip.old", "public IPv4 address", -3.65),
        ("aws_nat_gateway.a", "NAT data", -0.675),
        ("aws_nat_gateway.b", "NAT data", 0.675),
    ]
    assert difference_lines(found)[1:3] == [
        "against main: +29.20 USD a month",
        "    +32.85  network: aws_nat_gateway.b: NAT gateway (32.85 → 65.70)",
    ]


def test_nothing_changed_is_no_difference(tmp_path: Path) -> None:
    found: Estimate = estimate_of(write(tmp_path, network=GATEWAYS))
    difference = compare(found, found, other="main")
    assert (difference.usd, difference.changes) == (0, ())
