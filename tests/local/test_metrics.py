"""CloudWatch's metrics: from a handler's EMF lines to percentiles over the AWS API."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from app.local.cloud.cloudwatch.datum import values_of
from app.local.cloud.cloudwatch.statistics import percentile
from app.local.cloud.cloudwatch.store import MetricStore, SeriesKey
from tests.local.world import World

pytestmark = pytest.mark.slow

DIMENSIONS = [{"Name": "Environment", "Value": "test"}, {"Name": "Site", "Value": "aws"}]


def put_lines(world: World, *, name: str, values: list[float], when: datetime) -> None:
    line = {
        "_aws": {
            "Timestamp": int(when.timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": "Payshift",
                    "Dimensions": [["Environment", "Site"]],
                    "Metrics": [{"Name": name, "Unit": "Milliseconds"}],
                }
            ],
        },
        "Environment": "test",
        "Site": "aws",
        name: values,
    }
    answer = requests.post(
        f"{world.endpoint}/_payshift/metrics",
        data=json.dumps(line) + "\nnot a metric\n",
        timeout=30,
    )
    assert answer.json() == {"stored": 1}


def get_data(world: World, *, name: str, stat: str, since: datetime, **metric: Any) -> list[float]:
    query = {
        "Id": "q",
        "MetricStat": {
            "Metric": {"Namespace": "Payshift", "MetricName": name, "Dimensions": DIMENSIONS}
            | metric,
            "Period": 300,
            "Stat": stat,
        },
    }
    found = world.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query], StartTime=since, EndTime=since + timedelta(minutes=5)
    )
    values: list[float] = found["MetricDataResults"][0]["Values"]
    return values


def test_percentiles_and_sums_come_from_every_datum(world: World) -> None:
    now = datetime.now(tz=UTC)
    put_lines(world, name="Latency", values=[float(n) for n in range(101)], when=now)
    since = now - timedelta(minutes=2)

    found = {
        stat: get_data(world, name="Latency", stat=stat, since=since)
        for stat in ("p50", "p95", "p99", "Sum", "Average", "SampleCount", "Maximum", "Minimum")
    }

    assert found == {
        "p50": [50],
        "p95": [95],
        "p99": [99],
        "Sum": [5050],
        "Average": [50],
        "SampleCount": [101],
        "Maximum": [100],
        "Minimum": [0],
    }


def test_another_set_of_dimensions_is_another_metric(world: World) -> None:
    now = datetime.now(tz=UTC)
    put_lines(world, name="Lonely", values=[1], when=now)

    one = get_data(
        world,
        name="Lonely",
        stat="Sum",
        since=now - timedelta(minutes=1),
        Dimensions=DIMENSIONS[:1],
    )
    assert one == []


def test_statistics_and_the_list_know_the_same_metric(world: World) -> None:
    now = datetime.now(tz=UTC)
    put_lines(world, name="Listed", values=[1, 2, 3], when=now)
    cloudwatch = world.client("cloudwatch")

    points = cloudwatch.get_metric_statistics(
        Namespace="Payshift",
        MetricName="Listed",
        Dimensions=DIMENSIONS,
        StartTime=now - timedelta(minutes=1),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum", "SampleCount"],
        ExtendedStatistics=["p50"],
    )["Datapoints"]
    listed = cloudwatch.list_metrics(Namespace="Payshift", MetricName="Listed")["Metrics"]

    assert [(p["Sum"], p["SampleCount"], p["ExtendedStatistics"]["p50"]) for p in points] == [
        (6, 3, 2)
    ]
    assert [metric["Dimensions"] for metric in listed] == [DIMENSIONS]


def test_what_is_put_by_the_api_is_kept_like_emf(world: World) -> None:
    now = datetime.now(tz=UTC)
    world.client("cloudwatch").put_metric_data(
        Namespace="Payshift",
        MetricData=[
            {
                "MetricName": "Put",
                "Dimensions": DIMENSIONS,
                "Timestamp": now,
                "Values": [4.0, 8.0],
                "Counts": [3.0, 1.0],
            }
        ],
    )

    found = get_data(world, name="Put", stat="Sum", since=now - timedelta(minutes=1))
    assert found == [20]


def test_a_statistic_set_keeps_its_figures() -> None:
    figures = {"SampleCount": 4, "Sum": 20, "Minimum": 1, "Maximum": 9}

    assert values_of({"StatisticValues": figures}) == [1, 5, 5, 9]


def test_a_metric_without_data_is_empty_and_no_error(world: World) -> None:
    since = datetime.now(tz=UTC)

    assert get_data(world, name="NeverPut", stat="p95", since=since, Namespace="Empty") == []


def test_a_handlers_emf_lines_become_metrics(world: World) -> None:
    since = datetime.now(tz=UTC) - timedelta(minutes=1)
    dimensions = [{"Name": "Environment", "Value": "local"}, {"Name": "Site", "Value": "legacy"}]
    for _ in range(3):
        world.client("lambda").invoke(FunctionName="echo", Payload=b'{"path": "/metrics"}')

    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        found = get_data(world, name="Requests", stat="Sum", since=since, Dimensions=dimensions)
        if found == [3]:
            break
        time.sleep(0.1)
    assert found == [3]


def test_late_data_find_their_place_in_time() -> None:
    store, key = MetricStore(), SeriesKey("n", "m")
    for moment in (1.0, 3.0, 2.0):
        store.add(key=key, time=moment, values=[moment], unit=None)

    times, values, _ = store.read(key=key, start=2.0, end=3.0)

    assert (list(times), list(values)) == ([2.0], [2.0])


def test_a_percentile_lies_between_its_neighbours() -> None:
    assert percentile([10, 20], 75) == 17.5
