"""What every check is: a question about the running system with a figure and a limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from app.migration.deadline import Deadline
from app.migration.replication.base import Replication
from app.migration.replication.logical import LogicalReplication
from app.migration.sites import Databases, Site


class Outcome(StrEnum):
    """`inconclusive` means: too little is known yet, so look again; it is never a pass."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a check found. `figure` is None when it could not be measured.

    `cut` says that it was still being measured when the time was up.
    """

    check: str
    outcome: Outcome
    figure: float | None
    limit: float
    unit: str
    message: str
    remedy: str = ""
    cut: bool = False

    def as_record(self) -> dict[str, Any]:
        """Return the result as plain values, for evidence."""
        return {
            "check": self.check,
            "outcome": self.outcome.value,
            "figure": self.figure,
            "limit": self.limit,
            "unit": self.unit,
            "message": self.message,
            "remedy": self.remedy,
            "cut": self.cut,
        }


class MetricDataClient(Protocol):
    """The one operation of boto3's CloudWatch client that checks use."""

    def get_metric_data(self, **arguments: object) -> Mapping[str, Any]:
        """Return what CloudWatch answers to GetMetricData."""
        ...


class SecretsClient(Protocol):
    """The one operation of boto3's Secrets Manager client that checks use; it tells no value."""

    def describe_secret(self, **arguments: object) -> Mapping[str, Any]:
        """Return what Secrets Manager answers to DescribeSecret."""
        ...


class BudgetsClient(Protocol):
    """The one operation of boto3's Budgets client that checks use."""

    def describe_budget(self, **arguments: object) -> Mapping[str, Any]:
        """Return what Budgets answers to DescribeBudget."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What checks ask the AWS account beyond its metrics."""

    secrets: SecretsClient
    secret_names: tuple[str, ...]
    budgets: BudgetsClient
    budget_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """What checks may look at. Metrics count from `since`, at the `sites` that have traffic.

    A rate of fewer than `minimum_requests` means nothing yet. Without an `account` what asks it is
    inconclusive. What is asked of the databases has been answered, or was cut, by the `deadline`.
    What `payshift verify` said of tables that are too large counts for `verification_hours`.
    """

    databases: Databases
    cloudwatch: MetricDataClient
    environment: str
    since: datetime
    sites: tuple[Site, ...] = (Site.LEGACY, Site.AWS)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    minimum_requests: int = 0
    replication: Replication = field(default_factory=LogicalReplication)
    account: Account | None = None
    deadline: Deadline | None = None
    verification_hours: float = 48.0

    def until(self, deadline: Deadline) -> CheckContext:
        """Return the same context with a deadline, which sessions at the databases keep."""
        databases = {site: one.until(deadline) for site, one in self.databases.items()}
        return replace(self, databases=databases, deadline=deadline)


class Check(Protocol):
    """A question with a limit: the gate key that asks it, its unit, and what helps if it fails."""

    key: str
    unit: str
    remedy: str

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Measure and judge. Raises only what nobody foresaw; the unknown is inconclusive."""
        ...


class WholeTables:
    """Base of the checks that read whole tables: a gate asks them once in a row of successes.

    Each time takes seconds to minutes of both databases, which take payments meanwhile.
    """
