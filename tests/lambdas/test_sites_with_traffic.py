"""Which sites a gate asks for figures: those that the weights send requests to."""

from __future__ import annotations

import json

import boto3
import pytest

from app.lambdas.validator.traffic import sites_with_traffic
from app.migration.sites import Site
from tests.lambdas.conftest import FEATURES, set_features


@pytest.mark.parametrize(
    ("percent", "sites"),
    [(0, (Site.LEGACY,)), (10, (Site.LEGACY, Site.AWS)), (100, (Site.AWS,))],
)
def test_only_sites_with_traffic_are_asked_for_figures(
    aws: str, percent: int, sites: tuple[Site, ...]
) -> None:
    assert aws
    set_features(writer="legacy")
    client = boto3.client("ssm")
    value = json.loads(client.get_parameter(Name=FEATURES)["Parameter"]["Value"])
    client.put_parameter(
        Name=FEATURES, Value=json.dumps(value | {"aws_percent": percent}), Overwrite=True
    )
    assert sites_with_traffic(FEATURES) == sites


@pytest.mark.parametrize("parameter", [None, "/payshift/local/not-there"])
def test_both_sites_are_asked_when_the_traffic_is_not_known(
    aws: str, parameter: str | None
) -> None:
    assert aws
    assert sites_with_traffic(parameter) == (Site.LEGACY, Site.AWS)
