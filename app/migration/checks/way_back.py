"""The check that rows can travel back, before anybody needs them to."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult
from app.migration.checks.journey import judge_journey


class WayBack:
    """A probe is committed at the site that does not write, and awaited at the writer.

    It takes the way that payments would take after a handover: without it there is no way back.
    """

    key = "way_back_seconds"
    unit = "s"
    remedy = "Look at the probe's task or subscription from the site that does not write."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Compare the probe's time on its way with the limit; inconclusive if nobody writes."""
        return judge_journey(
            self,
            context=context,
            limit=limit,
            way=lambda away: (away.opposite, away.opposite.probe_table),
            arrived="a probe from {source} to {target} took {seconds} s",
            late="a probe from {source} to {target} did not arrive in {seconds} s",
        )


CHECK: Check = WayBack()
