"""The dashboards as JSON: what each shows, and that CloudWatch can draw it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.components.dashboards.errors import errors
from app.components.dashboards.latency import latency
from app.components.dashboards.progress import progress
from app.config.alarms import Found
from app.config.loading import load_environment

PRODUCTION = load_environment("production")
FOUND = Found(load_balancer="app/entrance/1", certificate_arn="arn:aws:acm:1")
BODIES = {
    "progress": progress(PRODUCTION, alarm_arns=["arn:aws:cloudwatch:1"]),
    "latency": latency(PRODUCTION, found=FOUND),
    "errors": errors(PRODUCTION, found=FOUND),
}
Shown = tuple[str, str, str, tuple[str, ...]]


def widgets(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(BODIES[name])["widgets"]
    return found


def lines(name: str) -> Iterator[list[Any]]:
    for widget in widgets(name):
        if widget["type"] == "metric":
            yield from widget["properties"]["metrics"]


def shown(name: str) -> set[Shown]:
    """Every metric of a dashboard: namespace, name, statistic, values of its dimensions."""
    return {
        (line[0], line[1], line[-1]["stat"], tuple(line[3:-1:2]))
        for line in lines(name)
        if isinstance(line[0], str)
    }


@pytest.mark.parametrize("name", BODIES)
def test_no_widget_covers_another_or_leaves_the_grid(name: str) -> None:
    covered: set[tuple[int, int]] = set()
    for widget in widgets(name):
        x, y, width, height = (widget[key] for key in ("x", "y", "width", "height"))
        assert x + width <= 24
        cells = {(x + i, y + j) for i in range(width) for j in range(height)}
        assert not cells & covered
        covered |= cells


@pytest.mark.parametrize("name", BODIES)
def test_every_id_is_one_that_cloudwatch_takes_and_stands_once_in_its_widget(name: str) -> None:
    for widget in widgets(name):
        options = [line[-1] for line in widget["properties"].get("metrics", [])]
        ids = [one["id"] for one in options if "id" in one]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[a-z][a-zA-Z0-9_]*", one) for one in ids)
        for one in options:
            words = set(re.findall(r"\bg\d+_\w+", one.get("expression", "")))
            assert words <= set(ids)


def test_progress_shows_lag_validation_rows_weights_writer_and_phase() -> None:
    engine = ("production",)
    forward = ("payshift-production", "production-forward")
    reverse = ("payshift-production", "production-reverse")
    wanted = {
        ("Payshift", "Phase", "Maximum", engine),
        ("Payshift", "AwsPercent", "Maximum", engine),
        ("Payshift", "WriterIsAws", "Maximum", engine),
        ("Payshift", "ReplicationLag", "Maximum", engine),
        ("AWS/DMS", "FullLoadThroughputRowsTarget", "Average", forward),
    }
    for task in (forward, reverse):
        wanted |= {
            ("AWS/DMS", f"Validation{kind}OverallCount", "Maximum", task)
            for kind in ("Failed", "Suspended", "Pending")
        }
        wanted |= {("AWS/DMS", f"CDCLatency{end}", "Maximum", task) for end in ("Source", "Target")}
    assert wanted <= shown("progress")


def test_progress_shows_the_states_of_the_alarms() -> None:
    (states,) = (one for one in widgets("progress") if one["type"] == "alarm")
    assert states["properties"]["alarms"] == ["arn:aws:cloudwatch:1"]


@pytest.mark.parametrize("percentile", ["p50", "p95", "p99"])
def test_latency_shows_each_percentile_of_every_site_and_colour(percentile: str) -> None:
    wanted: set[Shown] = {
        ("Payshift", "Latency", percentile, ("production", site)) for site in ("legacy", "aws")
    }
    wanted |= {
        ("Payshift", "Latency", percentile, ("production", "aws", colour))
        for colour in ("blue", "green")
    }
    assert wanted <= shown("latency")


def test_latency_shows_the_copies_of_each_colour() -> None:
    assert {
        ("AWS/Lambda", "ProvisionedConcurrentExecutions", "Maximum", (function,))
        for function in ("payshift-production-payment-api-blue",
                         "payshift-production-payment-api-green")
    } <= shown("latency")  # fmt: skip


def test_errors_shows_what_fails_at_every_step() -> None:
    wanted: set[tuple[str, tuple[str, ...]]] = {
        ("ServerErrors", ("production", site)) for site in ("legacy", "aws")
    }
    wanted |= {("HTTPCode_ELB_5XX_Count", ("app/entrance/1",))}
    functions = ("payment-api-blue", "payment-api-green", "validator")
    wanted |= {("Errors", (f"payshift-production-{one}",)) for one in functions}
    assert wanted <= {(name, values) for _, name, _, values in shown("errors")}


def test_an_error_rate_divides_errors_by_requests_of_the_same_site() -> None:
    expressions = [line[0] for line in lines("errors") if isinstance(line[0], dict)]
    rates = [one["expression"] for one in expressions if "/" in one["expression"]]
    assert "100 * g0_errors / g0_requests" in rates
    assert "100 * g1_errors / g1_requests" in rates
