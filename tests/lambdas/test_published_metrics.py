"""Dashboards and alarms ask for nothing that the functions do not publish, and by no other name.

The functions run for real; what they print is compared with what is asked of CloudWatch.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest

from app.components.dashboards.errors import errors
from app.components.dashboards.latency import latency
from app.components.dashboards.progress import progress
from app.config.alarms import PAYSHIFT, Calculation, Found, Metric, all_alarms
from app.config.loading import load_environment
from app.lambdas.payment_api.shadow_tally import Tally
from app.local.postgres import roles
from app.migration.server_certificate import valid_until
from app.migration.sites import Site
from tests.lambdas.conftest import Api, Pair, set_features
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


def compare_reads(api: Api) -> None:
    """Read until a shadow read is compared and its tally published with a request."""
    payment_id = api.pay(key=str(uuid4())).body["id"]
    set_features(writer="legacy", reads="writer", shadow_reads_percent=100)
    clear_features(api)
    shadow, end = api.module._api.service.shadow, time.monotonic() + 30
    while shadow._tally == Tally():
        assert api("GET", f"/v1/payments/{payment_id}").status == 200
        assert time.monotonic() < end
    assert api.pay(key=str(uuid4())).status == 201
    shadow.close()


def clear_features(api: Api) -> None:
    """Let the API ask for the features at once, not after five seconds."""
    api.module._api.service._features._provider.clear_cache()


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
    compare_reads(api)

    asked = asked_by_alarms() | asked_by_dashboards()
    assert len(asked) > 20
    assert asked - set(published(capsys.readouterr().out)) == set()


def newest(text: str) -> dict[str, Any]:
    """The figures of the last EMF line, by name."""
    lines = [line for line in text.splitlines() if line.startswith('{"_aws"')]
    record: dict[str, Any] = json.loads(lines[-1])
    (block,) = record["_aws"]["CloudWatchMetrics"]
    assert block["Dimensions"] == [["Environment"]]
    return {metric["Name"]: record[metric["Name"]][0] for metric in block["Metrics"]}


def test_the_status_publishes_who_writes_the_lag_the_phase_and_the_weight(
    capsys: pytest.CaptureFixture[str], handover: ModuleType, replicating: Pair
) -> None:
    capsys.readouterr()
    told = handover.handler({"action": "status"}, lambda_context())
    figures = newest(capsys.readouterr().out)
    assert figures.pop("ReplicationLag") == told["lag_seconds"]
    assert figures.pop("WriterEpoch") == told["epoch"]
    ends = [valid_until(replicating.settings(site, roles.ENGINE)) for site in Site]
    left = (min(ends) - datetime.now(UTC)) / timedelta(days=1)
    assert figures.pop("DatabaseCertificateDays") == pytest.approx(left, abs=0.1)
    assert figures == {
        "AcceptingSites": 1,
        "UnreachableDatabases": 0,
        "WriterIsAws": 0,
        "Phase": 10,
        "AwsPercent": 10,
    }


def test_without_a_writer_neither_writer_nor_lag_is_made_up(
    capsys: pytest.CaptureFixture[str], handover: ModuleType, replicating: Pair
) -> None:
    replicating.accept(None)
    capsys.readouterr()
    try:
        told = handover.handler({"action": "status"}, lambda_context())
    finally:
        replicating.accept(Site.LEGACY)
    figures = newest(capsys.readouterr().out)
    assert (told["writer"], told["lag_seconds"]) == (None, None)
    assert figures["AcceptingSites"] == 0
    assert {"WriterIsAws", "ReplicationLag"} & set(figures) == set()


def test_a_refused_handover_is_counted_and_a_site_that_stays_is_not(
    capsys: pytest.CaptureFixture[str], handover: ModuleType
) -> None:
    capsys.readouterr()
    assert move(handover, "legacy")["Data"]["Changed"] == "false"
    assert "HandoverPause" not in capsys.readouterr().out
    assert move(handover, "aws", WaitSeconds="900")["Status"] == "FAILED"
    assert newest(capsys.readouterr().out) == {"HandoversFailed": 1}
