"""What `payshift status` says of the cost: the price of the stored bundle, never of a synthesis."""

from __future__ import annotations

import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.config.loading import load_environment
from app.errors import WorldError
from app.pipeline import aws
from app.pipeline.bundle import pack, seal
from app.pipeline.cost.estimate import estimate
from app.pipeline.cost.known import KnownPrice, known_price
from app.pipeline.cost.prices import load_prices
from app.pipeline.digest import inputs_digest
from app.pipeline.status import find_status
from app.pipeline.target import Target
from tests.pipeline.conftest import Place, make_buckets
from tests.pipeline.cost.billing import Resources, write

GATEWAYS: Resources = {"aws_nat_gateway": {"a": {}, "b": {}}}


@pytest.fixture
def local(place: Place, aws_endpoint: str, tmp_path: Path) -> Place:
    """The environment `local`, whose file the digest covers, in a world with empty buckets."""
    reset = urllib.request.Request(f"{aws_endpoint}/moto-api/reset", method="POST")  # noqa: S310  # our own loopback server
    urllib.request.urlopen(reset).close()  # noqa: S310  # as above
    place.target = Target(load_environment("local"), tmp_path / "build")
    make_buckets(place.target)
    return place


def store(place: Place, resources: Resources) -> Path:
    """Store a bundle of the present code and phases that holds these resources in `network`."""
    digest = inputs_digest(environment="local", phases=place.phases)
    directory = write(place.target.build.parent / "synthesized", network=resources)
    seal(directory, digest=digest)
    put(place, pack(directory))
    return directory


def put(place: Place, body: bytes) -> None:
    digest = inputs_digest(environment="local", phases=place.phases)
    bucket = place.target.names.evidence_bucket
    key = f"bundles/{digest}.tar.gz"
    aws.s3(place.target.environment).put_object(Bucket=bucket, Key=key, Body=body)


def price(place: Place) -> KnownPrice:
    return known_price(place.target, place.phases)


def why_unknown(place: Place) -> str:
    with pytest.raises(WorldError) as refusal:
        price(place)
    return refusal.value.message


def test_the_stored_bundle_is_priced_as_payshift_cost_prices_it(local: Place) -> None:
    environment = local.target.environment
    directory, prices = store(local, GATEWAYS), load_prices(region=environment.region)
    meant = estimate(directory, environment=environment, prices=prices)
    found = price(local)
    assert found.usd == meant.usd > 2 * 0.04 * 730
    assert found.limit_usd == environment.cost.monthly_limit_usd
    assert found.place == "the evidence bucket"
    assert abs(found.since - datetime.now(UTC)) < timedelta(hours=1)
    assert found.prices_since == min(one.looked_up for one in prices.prices.values())
    # fact: it is unpacked once; a bucket that lost it does not make the price unknown
    bucket = local.target.names.evidence_bucket
    key = f"bundles/{found.digest}.tar.gz"
    aws.s3(environment).delete_object(Bucket=bucket, Key=key)
    again = price(local)
    assert (again.usd, again.place) == (found.usd, "this machine")
    assert abs(again.since - datetime.now(UTC)) < timedelta(hours=1)


def test_without_a_bundle_the_price_is_unknown_and_nothing_is_synthesized(local: Place) -> None:
    local.set_live(10)
    found = find_status(local.target, local.phases).as_record()
    digest = inputs_digest(environment="local", phases=local.phases)
    assert found["cost"] is None
    assert found["unknown"]["cost"] == (
        f"unknown: the bundle {digest[:12]} of this code and these phases is stored nowhere yet: "
        "payshift deliver stores it, payshift cost prices it now"
    )
    assert not (local.target.build / "bundles").exists()


def test_the_status_of_a_stored_bundle_holds_its_price(local: Place) -> None:
    store(local, GATEWAYS)
    found = find_status(local.target, local.phases).as_record()
    assert found["cost"]["usd_per_month"] == round(price(local).usd, 2)
    assert "cost" not in found["unknown"]


def test_another_phase_is_another_bundle_and_live_is_not(local: Place) -> None:
    store(local, GATEWAYS)
    known = price(local)
    local.set_live(50)
    assert price(local).digest == known.digest
    file = local.phases / "phase-10.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}bake_minutes: 7\n", encoding="utf-8")
    assert "is stored nowhere yet" in why_unknown(local)


def test_a_resource_without_a_price_is_named_and_never_counts_as_nothing(local: Place) -> None:
    store(local, {"aws_eks_cluster": {"big": {}}, **GATEWAYS})
    assert "cannot be priced: network: aws_eks_cluster.big has no pricer" in why_unknown(local)


def test_a_bundle_that_was_changed_is_not_priced(local: Place) -> None:
    put(local, b"no tar at all")
    assert why_unknown(local).endswith("was refused: it cannot be unpacked")


def test_a_bucket_that_does_not_answer_leaves_the_price_unknown(
    local: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert "failed: Could not connect" in why_unknown(local)
