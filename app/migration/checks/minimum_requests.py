"""The check that enough requests have been served to judge by."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome
from app.migration.checks.metrics import MetricQuery, read_metrics


class MinimumRequests:
    """Requests at all sites since the gate opened; too few are never a failure, only too early."""

    key = "minimum_requests"
    unit = "requests"
    remedy = "Wait for more traffic, or lower minimum_requests in the phase file."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Count. Passed from `limit` requests on, inconclusive before."""
        queries = tuple(
            MetricQuery(metric="Requests", statistic="Sum", site=site) for site in context.sites
        )
        values = read_metrics(context=context, queries=queries)
        figure = sum(sum(minutes) for minutes in values.values())
        enough = figure >= limit
        return CheckResult(
            check=self.key,
            outcome=Outcome.PASSED if enough else Outcome.INCONCLUSIVE,
            figure=figure,
            limit=limit,
            unit=self.unit,
            message=f"{figure:.0f} requests of {limit:.0f} were seen",
            remedy="" if enough else self.remedy,
        )


CHECK: Check = MinimumRequests()
