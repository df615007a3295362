"""What an alarm is, apart from the tool that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PAYSHIFT = "Payshift"
"""Namespace of what our own functions publish."""

# breaching: silence is the fault itself. notBreaching: silence is the normal case.
# missing: silence says nothing; people see "insufficient data".
Silence = Literal["breaching", "notBreaching", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric with exactly the dimensions under which it is published."""

    namespace: str
    name: str
    statistic: str
    dimensions: Mapping[str, str]
    period_seconds: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """A figure that CloudWatch computes from metrics, which `expression` names by their keys."""

    expression: str
    label: str
    inputs: Mapping[str, Metric]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A figure over all resources of a kind: their ids are not known, and some are replaced."""

    expression: str
    label: str
    period_seconds: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Rings when the figure is `above` or `below` the limit in `periods` periods running."""

    name: str
    figure: Metric | Calculation | Query
    rings: Literal["above", "below"]
    limit: float
    unit: str
    periods: int
    silence: Silence
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What only AWS knows, found when the alarms are made; the runbook leaves it as it is here."""

    load_balancer: str = "(found by name)"
    certificate_arn: str = "(found by name)"
