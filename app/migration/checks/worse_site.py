"""The judgement of checks that look at each site: the worse one counts."""

from __future__ import annotations

from collections.abc import Mapping

from app.migration.checks.base import Check, CheckResult, Outcome
from app.migration.sites import Site


def judge_worse_site(
    check: Check, *, figures: Mapping[Site, float], limit: float, words: str
) -> CheckResult:
    """Compare the highest figure with the limit; without any figure it is inconclusive.

    `words` is a format string over `figure`, `site` and `limit`.
    """
    if not figures:
        return CheckResult(
            check=check.key,
            outcome=Outcome.INCONCLUSIVE,
            figure=None,
            limit=limit,
            unit=check.unit,
            message="no request was seen",
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
