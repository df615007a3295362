"""The check that requests are fast, also the slowest ones."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult
from app.migration.checks.latency import judge_latency


class P99:
    """The 99th percentile of the latency at the slower site."""

    key = "p99_milliseconds"
    unit = "ms"
    remedy = "Look at the slowest requests, CPU and connections of that site."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Compare each site's figure with the limit. With too few requests it is inconclusive."""
        return judge_latency(self, percentile="p99", context=context, limit=limit)


CHECK: Check = P99()
