"""Asking CloudWatch for what the payment API measured of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.errors import WorldError
from app.migration.checks.base import CheckContext
from app.migration.sites import Site

NAMESPACE = "Payshift"
PERIOD_SECONDS = 60  # the shortest that every metric has


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricQuery:
    """One metric, and the statistic wanted of it: the payment API's at a `site`, or another one.

    One that is not the payment API's says its namespace and dimensions.
    """

    metric: str
    statistic: str
    site: Site | None = None
    namespace: str = NAMESPACE
    dimensions: tuple[tuple[str, str], ...] = ()


def read_metrics(
    *, context: CheckContext, queries: tuple[MetricQuery, ...]
) -> dict[MetricQuery, list[float]]:
    """Return the values per minute of each query from `since` to now, oldest first.

    A minute without data is left out. Raises WorldError when CloudWatch does not answer.
    """
    names = {f"m{number}": query for number, query in enumerate(queries)}
    values: dict[MetricQuery, list[float]] = {query: [] for query in queries}
    request: dict[str, Any] = {
        "MetricDataQueries": [
            _query(name=name, query=query, environment=context.environment)
            for name, query in names.items()
        ],
        "StartTime": context.since,
        "EndTime": context.now,
        "ScanBy": "TimestampAscending",
    }
    while True:
        try:
            answer = context.cloudwatch.get_metric_data(**request)
        # Whatever the client raises means that nothing is known.
        except Exception as error:
            raise WorldError(
                f"CloudWatch does not answer: {error}", remedy="Check the role and the endpoint."
            ) from error
        for result in answer["MetricDataResults"]:
            values[names[result["Id"]]].extend(float(value) for value in result["Values"])
        if not answer.get("NextToken"):
            return values
        request["NextToken"] = answer["NextToken"]


def _query(*, name: str, query: MetricQuery, environment: str) -> dict[str, Any]:
    dimensions = dict(query.dimensions)
    if query.site is not None:
        dimensions |= {"Environment": environment, "Site": query.site.value}
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": query.namespace,
                "MetricName": query.metric,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            },
            "Period": PERIOD_SECONDS,
            "Stat": query.statistic,
        },
        "ReturnData": True,
    }
