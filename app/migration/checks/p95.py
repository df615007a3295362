"""The check that requests are fast."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult
from app.migration.checks.metrics import MetricQuery, read_metrics
from app.migration.checks.worse_site import judge_worse_site
from app.migration.sites import Site


class P95:
    """The 95th percentile of the latency at the slower site.

    CloudWatch gives one percentile a minute; the figure is their mean, weighted by requests.
    """

    key = "p95_milliseconds"
    unit = "ms"
    remedy = "Look at the slowest requests, CPU and connections of that site."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Compare each site's figure with the limit. Without any request it is inconclusive."""
        return judge_worse_site(
            self,
            figures=_figures(context),
            limit=limit,
            words="p95 at {site} is {figure:.1f} ms (limit {limit:g} ms)",
        )


def _figures(context: CheckContext) -> dict[Site, float]:
    def query(statistic: str, site: Site) -> MetricQuery:
        return MetricQuery(metric="Latency", statistic=statistic, site=site)

    queries = tuple(query(name, site) for name in ("p95", "SampleCount") for site in Site)
    values = read_metrics(context=context, queries=queries)
    figures = {}
    for site in context.sites:
        minutes = list(
            zip(values[query("p95", site)], values[query("SampleCount", site)], strict=False)
        )
        count = sum(samples for _, samples in minutes)
        if count > 0:
            figures[site] = sum(p95 * samples for p95, samples in minutes) / count
    return figures


CHECK: Check = P95()
