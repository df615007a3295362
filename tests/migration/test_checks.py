"""Each check passes, fails and says that it does not know, with its figure and limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from app.config.gates import CHECKS
from app.migration.checks import CheckContext, CheckResult, Outcome, all_checks, run_check
from app.migration.sites import Databases, Site
from tests.migration.killed_handover import run_and_kill
from tests.migration.support import drain, next_run_id, pay

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class CloudWatch:
    """Answers GetMetricData, one value a page, from values by (metric, statistic, site)."""

    def __init__(self, values: Mapping[tuple[str, str, str], list[float]]) -> None:
        self.values = values
        self.requests: list[Mapping[str, Any]] = []

    def get_metric_data(self, **arguments: Any) -> Mapping[str, Any]:
        """Return the page that the token asks for."""
        self.requests.append(arguments)
        page = int(arguments.get("NextToken", "0"))
        results, more = [], False
        for query in arguments["MetricDataQueries"]:
            stat = query["MetricStat"]
            dimensions = {pair["Name"]: pair["Value"] for pair in stat["Metric"]["Dimensions"]}
            assert stat["Metric"]["Namespace"] == "Payshift"
            assert dimensions["Environment"] == "local"
            key = (stat["Metric"]["MetricName"], stat["Stat"], dimensions["Site"])
            values = self.values.get(key, [])
            results.append({"Id": query["Id"], "Values": values[page : page + 1]})
            more = more or len(values) > page + 1
        answer: dict[str, Any] = {"MetricDataResults": results}
        return {**answer, "NextToken": str(page + 1)} if more else answer


class Silent:
    """A CloudWatch that cannot be reached."""

    def get_metric_data(self, **_arguments: Any) -> Mapping[str, Any]:
        """Fail as botocore does."""
        raise OSError("no route")


def context(cloudwatch: Any, databases: Databases | None = None) -> CheckContext:
    return CheckContext(
        databases=databases or {},
        cloudwatch=cloudwatch,
        environment="local",
        since=NOW - timedelta(minutes=5),
        now=NOW,
    )


def check(key: str, limit: float, cloudwatch: Any) -> CheckResult:
    return run_check(all_checks()[key], context=context(cloudwatch), limit=limit)


def test_every_gate_key_has_its_check() -> None:
    assert set(all_checks()) == set(CHECKS)


@pytest.mark.parametrize("key", sorted(all_checks()))
def test_each_check_says_what_it_asks_its_unit_and_what_helps(key: str) -> None:
    asked = all_checks()[key]
    assert asked.key == key
    assert all((asked.__doc__, asked.unit))
    assert asked.remedy.endswith(".")


def test_a_failing_canary_does_not_drown_in_the_rest() -> None:
    values = {
        ("Requests", "Sum", "legacy"): [9_000.0],
        ("ServerErrors", "Sum", "legacy"): [0.0],
        ("Requests", "Sum", "aws"): [400.0, 600.0],
        ("ServerErrors", "Sum", "aws"): [2.0, 3.0],
    }
    failed = check("error_rate_percent", 0.1, CloudWatch(values))
    # fact: 5 of 1,000 at aws are 0.5 %, 5 of 10,000 in all would be 0.05 %
    assert (failed.outcome, failed.figure) == (Outcome.FAILED, 0.5)
    assert check("error_rate_percent", 0.5, CloudWatch(values)).outcome is Outcome.PASSED


def test_no_requests_is_neither_good_nor_bad() -> None:
    for key in ("error_rate_percent", "p95_milliseconds", "p99_milliseconds"):
        result = check(key, 1, CloudWatch({}))
        assert (result.outcome, result.figure) == (Outcome.INCONCLUSIVE, None)


def test_the_p95_of_the_slower_site_counts_and_minutes_are_weighted_by_requests() -> None:
    values = {
        ("Latency", "p95", "legacy"): [10.0],
        ("Latency", "SampleCount", "legacy"): [1_000.0],
        ("Latency", "p95", "aws"): [100.0, 900.0],
        ("Latency", "SampleCount", "aws"): [300.0, 100.0],
    }
    result = check("p95_milliseconds", 300, CloudWatch(values))
    assert (result.outcome, result.figure) == (Outcome.PASSED, 300.0)
    assert check("p95_milliseconds", 299, CloudWatch(values)).outcome is Outcome.FAILED


def test_the_p99_is_judged_by_its_own_percentile() -> None:
    values = {
        ("Latency", "p95", "aws"): [10.0],
        ("Latency", "p99", "aws"): [800.0],
        ("Latency", "SampleCount", "aws"): [1_000.0],
    }
    result = check("p99_milliseconds", 800, CloudWatch(values))
    assert (result.outcome, result.figure) == (Outcome.PASSED, 800.0)
    assert check("p99_milliseconds", 799, CloudWatch(values)).outcome is Outcome.FAILED


@pytest.mark.parametrize("key", ["error_rate_percent", "p95_milliseconds", "p99_milliseconds"])
def test_a_rate_of_too_few_requests_is_not_judged_yet(key: str) -> None:
    values = {
        ("Requests", "Sum", "aws"): [3.0],
        ("ServerErrors", "Sum", "aws"): [1.0],
        ("Latency", "p95", "aws"): [9_000.0],
        ("Latency", "p99", "aws"): [9_000.0],
        ("Latency", "SampleCount", "aws"): [3.0],
    }
    for least, outcome in ((4, Outcome.INCONCLUSIVE), (3, Outcome.FAILED)):
        enough = replace(context(CloudWatch(values)), minimum_requests=least)
        assert run_check(all_checks()[key], context=enough, limit=1).outcome is outcome


@pytest.mark.parametrize(
    ("compared", "differing", "outcome"),
    [
        ([], [], Outcome.INCONCLUSIVE),
        ([40.0, 60.0], [0.0, 0.0], Outcome.PASSED),
        ([40.0, 60.0], [0.0, 1.0], Outcome.FAILED),
    ],
)
def test_shadow_reads_that_differ_fail_and_none_at_all_prove_nothing(
    compared: list[float], differing: list[float], outcome: Outcome
) -> None:
    values = {
        ("ShadowReads", "Sum", "aws"): compared,
        ("ShadowMismatches", "Sum", "aws"): differing,
    }
    result = check("shadow_read_mismatches", 0, CloudWatch(values))
    assert result.outcome is outcome
    assert result.figure == (sum(differing) if compared else None)


def test_too_few_requests_are_never_a_failure() -> None:
    values = {("Requests", "Sum", "legacy"): [200.0, 100.0], ("Requests", "Sum", "aws"): [199.0]}
    few = check("minimum_requests", 500, CloudWatch(values))
    assert (few.outcome, few.figure) == (Outcome.INCONCLUSIVE, 499.0)
    assert check("minimum_requests", 499, CloudWatch(values)).outcome is Outcome.PASSED


def test_metrics_count_from_the_moment_the_gate_opened() -> None:
    cloudwatch = CloudWatch({})
    check("minimum_requests", 1, cloudwatch)
    assert cloudwatch.requests[0]["StartTime"] == NOW - timedelta(minutes=5)
    assert cloudwatch.requests[0]["EndTime"] == NOW


def test_a_cloudwatch_that_does_not_answer_is_inconclusive() -> None:
    result = check("error_rate_percent", 1, Silent())
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "no route" in result.message


def measure(key: str, limit: float, databases: Databases) -> CheckResult:
    return run_check(all_checks()[key], context=context(Silent(), databases), limit=limit)


@pytest.mark.slow
def test_an_idle_source_has_no_lag(databases: Databases) -> None:
    result = measure("replication_lag_seconds", 5, databases)
    assert result.outcome is Outcome.PASSED
    assert result.figure is not None
    assert 0 < result.figure <= 5


@pytest.mark.slow
def test_a_replication_that_stands_still_fails_the_lag_check(
    databases: Databases, aws: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.migration.checks.journey.PATIENCE_SECONDS", 0.1)
    with aws.transaction():  # fact: the worker cannot insert while the table is locked
        aws.execute("LOCK payshift.marker_legacy IN SHARE MODE")
        result = measure("replication_lag_seconds", 0.2, databases)
    assert result.outcome is Outcome.FAILED
    assert "more than 0.3 s behind" in result.message
    assert measure("replication_lag_seconds", 20, databases).outcome is Outcome.PASSED


@pytest.mark.slow
def test_without_a_writer_the_lag_is_unknown(databases: Databases) -> None:
    run_and_kill(databases, to=Site.AWS, run_id=next_run_id(), after="fenced")
    assert measure("replication_lag_seconds", 5, databases).outcome is Outcome.INCONCLUSIVE


@pytest.mark.slow
def test_a_database_that_is_down_makes_checks_inconclusive(databases: Databases) -> None:
    down = {**databases, Site.AWS: databases[Site.AWS].model_copy(update={"port": 1})}
    for key in ("replication_lag_seconds", "row_parity"):
        result = measure(key, 1, down)
        assert result.outcome is Outcome.INCONCLUSIVE
        assert "cannot be reached" in result.message


@pytest.mark.slow
def test_row_parity_counts_what_differs(
    databases: Databases,
    legacy: psycopg.Connection,
    aws: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.migration.verify.parity.SETTLED_SECONDS", 0.0)
    payment = pay(legacy, amount=3)
    drain(databases)
    assert measure("row_parity", 1, databases).outcome is Outcome.PASSED
    aws.execute("SET session_replication_role = replica")
    aws.execute("UPDATE payments.payment SET amount_minor = 4 WHERE id = %s", (payment,))
    result = measure("row_parity", 1, databases)
    # fact: the row, and the sum that it is part of
    assert (result.outcome, result.figure) == (Outcome.FAILED, 2.0)
    assert "payments.payment: 1 rows differ" in result.message
    assert "payments USD captured" in result.message
    aws.execute("UPDATE payments.payment SET amount_minor = 3 WHERE id = %s", (payment,))
