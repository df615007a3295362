"""Checks that ask the AWS account: DMS's counts, the age of logins, the month's forecast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from app.config.alarms.replication import task_metric
from app.config.loading import load_environment
from app.migration.checks import CheckContext, CheckResult, Outcome, all_checks, run_check
from app.migration.checks.base import Account
from app.migration.checks.dms_validation import STREAMS, task_query
from tests.aws_api import aws_api

ACCOUNT = "123456789012"
BUDGET = "payshift-local-monthly"
SECRETS = ("payshift/local/legacy/app", "payshift/local/aws/app")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with aws_api() as address:
        yield address


@dataclass(frozen=True)
class Cloud:
    """The AWS API of one test."""

    endpoint: str

    def client(self, service: str) -> Any:
        """A client that reaches it."""
        return boto3.client(
            service,  # type: ignore[call-overload]  # the stubs want a literal
            endpoint_url=self.endpoint,
            region_name="us-east-2",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def context(self, *, account: bool = True, days_later: float = 0) -> CheckContext:
        """What a check sees, now or later."""
        now = datetime.now(UTC) + timedelta(days=days_later)
        seen = Account(
            secrets=self.client("secretsmanager"),
            secret_names=SECRETS,
            budgets=self.client("budgets"),
            budget_arn=f"arn:aws:budgets::{ACCOUNT}:budget/{BUDGET}",
        )
        return CheckContext(
            databases={},
            cloudwatch=self.client("cloudwatch"),
            environment="local",
            since=now - timedelta(minutes=10),
            now=now,
            account=seen if account else None,
        )

    def check(self, key: str, limit: float, **context: Any) -> CheckResult:
        """Run a check."""
        return run_check(all_checks()[key], context=self.context(**context), limit=limit)


@pytest.fixture
def cloud(endpoint: str) -> Cloud:
    import urllib.request  # noqa: PLC0415

    urllib.request.urlopen(f"{endpoint}/moto-api/reset", data=b"").close()  # noqa: S310
    return Cloud(endpoint)


def test_the_tasks_metrics_are_asked_for_as_the_dashboards_ask() -> None:
    environment = load_environment("local")
    for stream in STREAMS:
        wanted = task_metric(environment, stream, "ValidationFailedOverallCount", "Maximum")
        asked = task_query("local", stream=stream, metric="ValidationFailedOverallCount")
        assert (asked.namespace, dict(asked.dimensions)) == (wanted.namespace, wanted.dimensions)


def publish(cloud: Cloud, stream: str, counts: Mapping[str, float], *, minutes_ago: int) -> None:
    query = task_query("local", stream=stream, metric="")
    dimensions = [{"Name": name, "Value": value} for name, value in query.dimensions]
    moment = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    cloud.client("cloudwatch").put_metric_data(
        Namespace="AWS/DMS",
        MetricData=[
            {"MetricName": name, "Dimensions": dimensions, "Timestamp": moment, "Value": value}
            for name, value in counts.items()
        ],
    )


def test_rows_that_dms_found_differing_or_gave_up_fail_and_rows_that_wait_do_not(
    cloud: Cloud,
) -> None:
    right = {"ValidationFailedOverallCount": 0, "ValidationSuspendedOverallCount": 0}
    publish(cloud, "forward", {**right, "ValidationPendingOverallCount": 7}, minutes_ago=4)
    passed = cloud.check("dms_validation_failures", 0)
    assert (passed.outcome, passed.figure) == (Outcome.PASSED, 0)
    assert passed.message == "0 rows differ or were given up, 7 wait"
    publish(cloud, "forward", {"ValidationFailedOverallCount": 2}, minutes_ago=2)
    publish(cloud, "reverse", {"ValidationSuspendedOverallCount": 1}, minutes_ago=2)
    failed = cloud.check("dms_validation_failures", 0)
    assert (failed.outcome, failed.figure) == (Outcome.FAILED, 3)


def test_a_task_that_says_nothing_of_its_rows_is_no_proof(cloud: Cloud) -> None:
    publish(cloud, "forward", {"ValidationPendingOverallCount": 7}, minutes_ago=2)
    assert cloud.check("dms_validation_failures", 0).outcome is Outcome.INCONCLUSIVE


def test_the_oldest_login_counts(cloud: Cloud) -> None:
    for name in SECRETS:
        cloud.client("secretsmanager").create_secret(Name=name, SecretString="{}")
    young = cloud.check("secret_age_days", 30, days_later=29)
    assert young.outcome is Outcome.PASSED
    assert young.figure == pytest.approx(29, abs=0.1)
    assert cloud.check("secret_age_days", 30, days_later=31).outcome is Outcome.FAILED


def test_a_login_that_is_not_there_has_no_age(cloud: Cloud) -> None:
    cloud.client("secretsmanager").create_secret(Name=SECRETS[0], SecretString="{}")
    result = cloud.check("secret_age_days", 30)
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "AWS does not tell the age of the logins" in result.message


def make_budget(cloud: Cloud, *, spent: int, forecast: int) -> None:
    cloud.client("budgets").create_budget(
        AccountId=ACCOUNT,
        Budget={
            "BudgetName": BUDGET,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "3000", "Unit": "USD"},
            "CalculatedSpend": {
                "ActualSpend": {"Amount": str(spent), "Unit": "USD"},
                "ForecastedSpend": {"Amount": str(forecast), "Unit": "USD"},
            },
        },
    )


@pytest.mark.parametrize(
    ("spent", "forecast", "outcome", "figure"),
    [
        (900, 2700, Outcome.PASSED, 90.0),
        (900, 3300, Outcome.FAILED, 110.0),
        # fact: what was spent is gone, whatever a forecast says
        (3600, 0, Outcome.FAILED, 120.0),
        (900, 0, Outcome.INCONCLUSIVE, None),
    ],
)
def test_the_forecast_is_judged_by_the_budget(
    cloud: Cloud, spent: int, forecast: int, outcome: Outcome, figure: float | None
) -> None:
    make_budget(cloud, spent=spent, forecast=forecast)
    result = cloud.check("cost_forecast_percent", 100)
    assert (result.outcome, result.figure) == (outcome, figure)


@pytest.mark.parametrize("key", ["secret_age_days", "cost_forecast_percent"])
def test_without_an_account_nothing_is_known_of_it(cloud: Cloud, key: str) -> None:
    result = cloud.check(key, 1, account=False)
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "There is no account" in result.message
