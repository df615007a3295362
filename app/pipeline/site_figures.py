"""Whether a site's payment API is measured at all: an alarm over nothing is quiet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.migration.checks.base import CheckContext
from app.migration.checks.metrics import MetricQuery, read_metrics
from app.migration.sites import Site

# As long as the alarms on a site look back, and what CloudWatch may be late, several times over.
MINUTES = 15
METRIC = "Requests"


def is_measured(cloudwatch: Any, *, environment: str, site: Site, now: datetime) -> bool:  # noqa: ANN401  # boto3's own
    """Tell whether a single request at the site was counted in the last MINUTES. WorldError."""
    requests = MetricQuery(metric=METRIC, statistic="Sum", site=site)
    context = CheckContext(
        databases={},
        cloudwatch=cloudwatch,
        environment=environment,
        since=now - timedelta(minutes=MINUTES),
        now=now,
    )
    return sum(read_metrics(context=context, queries=(requests,))[requests]) > 0


def dimensions(environment: str, site: Site) -> list[dict[str, str]]:
    """Return what the payment API's metrics of a site are filed under."""
    return [{"Name": "Environment", "Value": environment}, {"Name": "Site", "Value": site.value}]
