"""CloudWatch as the checks want it."""

from __future__ import annotations

from typing import cast

import boto3

from app.lambdas.logins import AWS_CALLS
from app.migration.checks.base import MetricDataClient


def metrics_client() -> MetricDataClient:
    """Return boto3's client for CloudWatch; it has the one operation that the protocol names."""
    return cast("MetricDataClient", boto3.client("cloudwatch", config=AWS_CALLS))
