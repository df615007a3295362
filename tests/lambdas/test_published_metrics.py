"""Dashboards and alarms ask for nothing that the functions do not publish, and by no other name.

The functions run for real; what they print is compared with what is asked of CloudWatch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest

from app.components.dashboards.errors import errors
from app.components.dashboards.latency import latency
from app.components.dashboards.progress import progress
from app.config.alarms import PAYSHIFT, Calculation, Found, Metric, all_alarms
from app.config.loading import load_environment
from app.migration.sites import Site
from tests.lambdas.conftest import Api, Pair
from tests.lambdas.invocation import lambda_context
from tests.lambdas.test_changing_the_writer import (  # its fixtures, with a pair of their own
    function_environment,
    handover,
    imported_anew,
    move,
    replicating,
    validate,
    validator,
)

__all__ = ["function_environment", "handover", "replicating", "validator"]
pytestmark = pytest.mark.slow

LOCAL = load_environment("local")
FOUND = Found(load_balancer="app/entrance/1", certificate_arn="arn:aws:acm:1")
Asked = tuple[str, tuple[tuple[str, str], ...]]


def asked_by_dashboards() -> set[Asked]:
    bodies = (
        progress(LOCAL, alarm_arns=[]),
        latency(LOCAL, found=FOUND),
        errors(LOCAL, found=FOUND),
    )
    lines = (
        line
        for body in bodies
        for widget in json.loads(body)["widgets"]
        for line in widget["properties"].get("metrics", [])
    )
    return {
        (line[1], tuple(sorted(zip(line[2:-1:2], line[3:-1:2], strict=True))))
        for line in lines
        if line[0] == PAYSHIFT
    }


def asked_by_alarms() -> set[Asked]:
    figures = [alarm.figure for alarm in all_alarms(LOCAL, FOUND)]
    metrics = [one for one in figures if isinstance(one, Metric)]
    metrics += [
        one for figure in figures if isinstance(figure, Calculation)
        for one in figure.inputs.values()
    ]  # fmt: skip
    return {
        (one.name, tuple(sorted(one.dimensions.items())))
        for one in metrics
        if one.namespace == PAYSHIFT
    }


def published(text: str) -> Iterator[Asked]:
    """Every metric of EMF lines, under every set of dimensions that it is published by."""
    for line in text.splitlines():
        if not line.startswith('{"_aws"'):
            continue
        record: dict[str, Any] = json.loads(line)
        for block in record["_aws"]["CloudWatchMetrics"]:
            assert block["Namespace"] == PAYSHIFT
            for keys in block["Dimensions"]:
                dimensions = tuple(sorted((key, str(record[key])) for key in keys))
                yield from ((metric["Name"], dimensions) for metric in block["Metrics"])


@pytest.fixture
def start(
    function_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Site], Api]]:
    """Start the payment API of a site; in AWS, as the release colour blue and then green."""
    assert function_environment
    started: list[Api] = []

    def start(site: Site) -> Api:
        monkeypatch.setenv("PAYSHIFT_SITE", site)
        monkeypatch.setenv("PAYSHIFT_HOLD_SECONDS", "0.2")
        monkeypatch.setenv("PAYSHIFT_LEGACY_SECRET", "payshift/replicating/legacy/app")
        if site is Site.AWS:
            monkeypatch.setenv("PAYSHIFT_AWS_SECRET", "payshift/replicating/aws/app")
        else:
            monkeypatch.delenv("PAYSHIFT_AWS_SECRET")
        api = Api(imported_anew("app.lambdas.payment_api.handler"))
        started.append(api)
        return api

    yield start
    for api in started:
        api.module._api.service.sessions.close()


def serve_and_hold(api: Api, pair: Pair) -> None:
    """Answer one request at once, and one after it was held in vain."""
    assert api.pay(key=str(uuid4())).status == 201
    pair.accept(None)
    assert api.pay(key=str(uuid4())).status == 503
    pair.accept(Site.LEGACY)


def test_everything_that_is_asked_for_is_published(
    capsys: pytest.CaptureFixture[str],
    replicating: Pair,
    handover: ModuleType,
    validator: ModuleType,
    start: Callable[[Site], Api],
) -> None:
    capsys.readouterr()
    handover.handler({"action": "status"}, lambda_context())
    assert validate(validator, '{"row_parity": true}')["Status"] == "SUCCESS"
    assert move(handover, "aws")["Status"] == "SUCCESS"
    assert move(handover, "legacy")["Status"] == "SUCCESS"
    assert move(handover, "aws", RunId="20200101T000000.000000Z-aaaa")["Status"] == "FAILED"
    serve_and_hold(start(Site.LEGACY), replicating)
    api = start(Site.AWS)
    for colour in ("blue", "green"):
        api.qualifier = colour
        serve_and_hold(api, replicating)

    asked = asked_by_alarms() | asked_by_dashboards()
    assert len(asked) > 20
    assert asked - set(published(capsys.readouterr().out)) == set()
