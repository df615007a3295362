"""What checks of whole tables share where these are too large for the time of a gate."""

from __future__ import annotations

from collections.abc import Sequence

from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome
from app.migration.checks.both_sites import both_sites
from app.migration.verify.aspect import Aspect
from app.migration.verify.report import Verdict
from app.migration.verify.rows import business_pages
from app.migration.verify.verdicts import Kept, newest

# A function has minutes, and a site this many pages of 8 KiB a minute at the least.
MOST_PAGES = 4 * 2**30 // 8192


def too_large(context: CheckContext) -> bool:
    """Tell whether either site has more than a gate can read. Raises DatabaseFailed."""
    return business_pages(context.databases) > MOST_PAGES


def judge_recorded(
    check: Check, *, context: CheckContext, limit: float, aspects: Sequence[Aspect]
) -> CheckResult:
    """Take the newest verdicts of `payshift verify`; one that is too old means nothing yet."""
    with both_sites(context) as sessions:
        kept = {aspect: newest(sessions, aspect=aspect) for aspect in aspects}
    outcomes = [_outcome(one, hours=context.verification_hours) for one in kept.values()]
    worst = next(
        (one for one in (Outcome.FAILED, Outcome.INCONCLUSIVE) if one in outcomes), Outcome.PASSED
    )
    told = [f"{aspect}: {one or 'never verified'}" for aspect, one in kept.items()]
    hours = f"{context.verification_hours:g} h"
    return CheckResult(
        check=check.key,
        outcome=worst,
        figure=None if worst is Outcome.INCONCLUSIVE else float(outcomes.count(Outcome.FAILED)),
        limit=0.0 if limit else limit,
        unit=check.unit,
        message="; ".join(["the tables are too large for a gate", *told]),
        remedy=""
        if worst is Outcome.PASSED
        else f"Run `payshift verify` for all of it; its verdict counts for {hours}.",
    )


def _outcome(kept: Kept | None, *, hours: float) -> Outcome:
    if kept is not None and kept.verdict is Verdict.DIFFERENT:
        return Outcome.FAILED
    if kept is None or kept.verdict is not Verdict.EQUAL or kept.hours > hours:
        return Outcome.INCONCLUSIVE
    return Outcome.PASSED
