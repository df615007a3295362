"""Updating the price list. The API's answers are checked by botocore against its own model.

What this cannot show: that the service codes, usage types and attributes in prices.yaml are those
that the real API has. An entry that it does not find is reported and left as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from app.errors import InputError, WorldError
from app.pipeline.cost.price_api import PricingClient
from app.pipeline.cost.prices import load_prices
from app.pipeline.cost.refresh import refresh

TODAY = date(2027, 1, 2)
LIST = """\
# The first line stays.
region: us-east-2
prices:
  # NAT
  nat_gateway_hour:
    usd: 0.045  # so far
    unit: hour
    region: us-east-1
    looked_up: 2026-11-23
    source: https://aws.amazon.com/vpc/pricing/
    query: {service: AmazonEC2, usage_type: NatGateway-Hours, where: {productFamily: NAT Gateway}}
  lambda_requests_million:
    usd: 0.20
    unit: million requests
    region: us-east-1
    looked_up: 2026-11-23
    basis: assumed
    source: https://aws.amazon.com/lambda/pricing/
    note: "As everybody says."
    query: {service: AWSLambda, usage_type: Request, per: 1000000}
  hosted_zone:
    usd: 0.50
    unit: month
    region: global
    looked_up: 2026-11-23
    source: https://aws.amazon.com/route53/pricing/
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "prices.yaml"
    file.write_text(LIST, encoding="utf-8")
    return file


@pytest.fixture
def api() -> Iterator[Stubber]:
    client = boto3.client(
        "pricing", region_name="us-east-1",
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def client(api: Stubber) -> PricingClient:
    found: Any = api.client  # its methods are made at run time
    pricing: PricingClient = found
    return pricing


def product(usage_type: str, *tiers: tuple[str, str]) -> str:
    dimensions = {
        f"rate{number}": {"beginRange": start, "pricePerUnit": {"USD": usd}}
        for number, (start, usd) in enumerate(tiers)
    }
    return json.dumps(
        {
            "product": {"attributes": {"usagetype": usage_type}},
            "terms": {"OnDemand": {"term": {"priceDimensions": dimensions}}},
        }
    )


def answer(api: Stubber, *products: str, more: str = "", **expected: Any) -> None:
    page: dict[str, Any] = {"PriceList": list(products), **({"NextToken": more} if more else {})}
    asked = {"ServiceCode": ANY, "Filters": ANY, "FormatVersion": "aws_v1", **expected}
    api.add_response("get_products", page, asked)


def test_figures_region_and_day_are_written_and_everything_else_stays(
    file: Path, api: Stubber
) -> None:
    filters = [
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-2"},
        {"Type": "TERM_MATCH", "Field": "productFamily", "Value": "NAT Gateway"},
    ]
    answer(
        api,
        product("USE2-NatGateway-Bytes", ("0", "0.9")),
        product("USE2-NatGateway-Hours", ("0", "0.0480000000")),
        ServiceCode="AmazonEC2",
        Filters=filters,
    )
    answer(api, product("USE2-Request", ("0", "0"), ("1000000", "0.0000002000")))
    found = refresh(file, region="us-east-2", client=client(api), today=TODAY)

    assert file.read_text(encoding="utf-8") == (
        LIST.replace("usd: 0.045", "usd: 0.048")
        .replace("usd: 0.20", "usd: 0.2")
        .replace("us-east-1", "us-east-2")
        .replace("    looked_up: 2026-11-23", "    looked_up: 2027-01-02", 2)
        .replace("assumed", "published")
        .replace('    note: "As everybody says."\n', "")
    )
    assert found.lines() == [
        "nat_gateway_hour: 0.045 → 0.048",
        "1 prices changed, 1 are as they were, 0 unclear, 1 without a query",
    ]
    assert load_prices(file, region="us-east-2").taken_from_elsewhere() == ()


def test_all_pages_of_an_answer_are_read(file: Path, api: Stubber) -> None:
    answer(api, product("USE2-Other", ("0", "1")), more="next")
    answer(api, product("USE2-NatGateway-Hours", ("0", "0.05")), NextToken="next")
    answer(api, product("USE2-Request", ("0", "0.0000002")))
    found = refresh(file, region="us-east-2", client=client(api), today=TODAY)
    assert list(found.changed) == ["nat_gateway_hour"]


def test_no_figure_or_several_change_nothing_and_are_reported(file: Path, api: Stubber) -> None:
    answer(api)
    answer(api, product("USE2-Request", ("0", "0.1")), product("USE2-Request", ("0", "0.2")))
    found = refresh(file, region="us-east-2", client=client(api), today=TODAY)
    assert found.unclear == {
        "nat_gateway_hour": "the API has no figure for it",
        "lambda_requests_million": "the API has 2 figures for it (0.1, 0.2)",
    }
    assert file.read_text(encoding="utf-8") == LIST


def test_a_refusal_of_aws_changes_nothing(file: Path, api: Stubber) -> None:
    answer(api, product("USE2-NatGateway-Hours", ("0", "0.05")))
    api.add_client_error("get_products", "AccessDeniedException", "no", 403)
    with pytest.raises(WorldError, match="reading the AWS pricing API failed"):
        refresh(file, region="us-east-2", client=client(api), today=TODAY)
    assert file.read_text(encoding="utf-8") == LIST


def test_without_credentials_one_message_says_so(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file.parent / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file.parent / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    # The session that boto3 keeps may remember the credentials of an earlier test.
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    with pytest.raises(WorldError) as refusal:
        refresh(file, region="us-east-2")
    assert str(refusal.value) == (
        "reading the AWS pricing API failed: no AWS credentials\n"
        "  → sign in first (aws sso login), or set AWS_PROFILE"
    )
    assert file.read_text(encoding="utf-8") == LIST


def test_another_region_is_taken_over_whole_or_not_at_all(file: Path, api: Stubber) -> None:
    answer(api, product("EU-NatGateway-Hours", ("0", "0.048")))
    answer(api)
    with pytest.raises(InputError, match=r"prices of eu-west-1: lambda_requests_million"):
        refresh(file, region="eu-west-1", client=client(api), today=TODAY)
    assert file.read_text(encoding="utf-8") == LIST
