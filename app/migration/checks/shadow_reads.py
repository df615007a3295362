"""The check that both databases answer reads alike."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome
from app.migration.checks.metrics import MetricQuery, read_metrics
from app.migration.sites import Site


class ShadowReads:
    """Reads that the payment API in AWS compared between both databases, and that differed.

    Lag is no difference: it reports one only after the replication has passed the row.
    """

    key = "shadow_read_mismatches"
    unit = "reads"
    remedy = "Find the payments in the API's log (`reads differ`); run `payshift verify`."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Compare the differing reads with the limit; inconclusive before any was compared."""
        compared, differing = (
            MetricQuery(metric=name, statistic="Sum", site=Site.AWS)
            for name in ("ShadowReads", "ShadowMismatches")
        )
        values = read_metrics(context=context, queries=(compared, differing))
        count, faults = sum(values[compared]), sum(values[differing])
        failed = faults > limit
        outcome = Outcome.PASSED if count else Outcome.INCONCLUSIVE
        return CheckResult(
            check=self.key,
            outcome=Outcome.FAILED if failed else outcome,
            figure=faults if count else None,
            limit=limit,
            unit=self.unit,
            message=f"{faults:.0f} of {count:.0f} compared reads differ",
            remedy=self.remedy if failed else "" if count else "Wait for reads.",
        )


CHECK: Check = ShadowReads()
