"""The judgement of checks that look at each site: the worse one counts."""

from __future__ import annotations

from collections.abc import Mapping

from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome
from app.migration.sites import Site


def judge_worse_site(
    check: Check,
    *,
    context: CheckContext,
    figures: Mapping[Site, float],
    requests: Mapping[Site, float],
    limit: float,
    words: str,
) -> CheckResult:
    """Compare the highest figure with the limit; inconclusive while there are too few requests.

    A single slow or failed request is no rate: what the gate asks for as its minimum has to be
    seen first. `words` is a format string over `figure`, `site` and `limit`.
    """
    seen = sum(requests.values())
    if not figures or seen < context.minimum_requests:
        wanted = f" of {context.minimum_requests}" if seen else ""
        return CheckResult(
            check=check.key,
            outcome=Outcome.INCONCLUSIVE,
            figure=None,
            limit=limit,
            unit=check.unit,
            message=f"{seen:.0f}{wanted} requests were seen" if seen else "no request was seen",
            remedy="Wait for traffic.",
        )
    site = max(figures, key=lambda one: figures[one])
    passed = figures[site] <= limit
    return CheckResult(
        check=check.key,
        outcome=Outcome.PASSED if passed else Outcome.FAILED,
        figure=figures[site],
        limit=limit,
        unit=check.unit,
        message=words.format(figure=figures[site], site=site, limit=limit),
        remedy="" if passed else check.remedy,
    )
