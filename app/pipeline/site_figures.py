"""Whether a site's payment API is measured at all: an alarm over nothing is quiet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.migration.checks.metrics import NAMESPACE, PERIOD_SECONDS
from app.migration.sites import Site

# As long as the alarms on a site look back, and what CloudWatch may be late, several times over.
MINUTES = 15
METRIC = "Requests"


def is_measured(cloudwatch: Any, *, environment: str, site: Site, now: datetime) -> bool:  # noqa: ANN401  # boto3's own
    """Tell whether a single request at the site was counted in the last MINUTES."""
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[
            {
                "Id": "requests",
                "MetricStat": {
                    "Metric": {
                        "Namespace": NAMESPACE,
                        "MetricName": METRIC,
                        "Dimensions": dimensions(environment, site),
                    },
                    "Period": PERIOD_SECONDS,
                    "Stat": "Sum",
                },
            }
        ],
        StartTime=now - timedelta(minutes=MINUTES),
        EndTime=now,
    )
    return any(sum(one["Values"]) > 0 for one in answer["MetricDataResults"])


def dimensions(environment: str, site: Site) -> list[dict[str, str]]:
    """Return what the payment API's metrics of a site are filed under."""
    return [{"Name": "Environment", "Value": environment}, {"Name": "Site", "Value": site.value}]
