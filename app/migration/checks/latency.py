"""What the checks of slow requests share: a percentile of the latency at each site."""

from __future__ import annotations

from typing import Literal

from app.migration.checks.base import Check, CheckContext, CheckResult
from app.migration.checks.metrics import MetricQuery, read_metrics
from app.migration.checks.worse_site import judge_worse_site
from app.migration.sites import Site

Percentile = Literal["p95", "p99"]


def judge_latency(
    check: Check, *, percentile: Percentile, context: CheckContext, limit: float
) -> CheckResult:
    """Compare the slower site's percentile with the limit; too few requests are inconclusive.

    CloudWatch gives one percentile a minute; the figure is their mean, weighted by requests.
    """
    figures, requests = _figures(context, percentile=percentile)
    return judge_worse_site(
        check,
        context=context,
        figures=figures,
        requests=requests,
        limit=limit,
        words=percentile + " at {site} is {figure:.1f} ms (limit {limit:g} ms)",
    )


def _figures(
    context: CheckContext, *, percentile: Percentile
) -> tuple[dict[Site, float], dict[Site, float]]:
    """Return the percentile and the number of requests behind it, by site."""

    def query(statistic: str, site: Site) -> MetricQuery:
        return MetricQuery(metric="Latency", statistic=statistic, site=site)

    queries = tuple(query(name, site) for name in (percentile, "SampleCount") for site in Site)
    values = read_metrics(context=context, queries=queries)
    figures, requests = {}, {}
    for site in context.sites:
        minutes = list(
            zip(values[query(percentile, site)], values[query("SampleCount", site)], strict=False)
        )
        count = sum(samples for _, samples in minutes)
        if count > 0:
            requests[site] = count
            figures[site] = sum(value * samples for value, samples in minutes) / count
    return figures, requests
