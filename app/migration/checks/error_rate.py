"""The check that few requests fail."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult
from app.migration.checks.metrics import MetricQuery, read_metrics
from app.migration.checks.worse_site import judge_worse_site
from app.migration.sites import Site


class ErrorRate:
    """The share of 5xx answers at the worse site: a small canary must not drown in the rest."""

    key = "error_rate_percent"
    unit = "%"
    remedy = "Look at the payment API's log of that site."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Compare each site's rate with the limit. With too few requests it is inconclusive."""
        requests, errors = _counts(context)
        rates = {site: 100 * errors[site] / count for site, count in requests.items() if count > 0}
        return judge_worse_site(
            self,
            context=context,
            figures=rates,
            requests=requests,
            limit=limit,
            words="{figure:.3f} % of the requests at {site} failed (limit {limit:g} %)",
        )


def _counts(context: CheckContext) -> tuple[dict[Site, float], dict[Site, float]]:
    """Return the requests and the failed ones, by site."""

    def query(metric: str, site: Site) -> MetricQuery:
        return MetricQuery(metric=metric, statistic="Sum", site=site)

    queries = tuple(query(name, site) for name in ("Requests", "ServerErrors") for site in Site)
    values = read_metrics(context=context, queries=queries)
    requests = {site: sum(values[query("Requests", site)]) for site in context.sites}
    errors = {site: sum(values[query("ServerErrors", site)]) for site in context.sites}
    return requests, errors


CHECK: Check = ErrorRate()
