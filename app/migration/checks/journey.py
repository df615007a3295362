"""What checks of the replication share: a fresh row is sent to the other site and timed."""

from __future__ import annotations

from collections.abc import Callable

from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome
from app.migration.checks.both_sites import both_sites
from app.migration.deadline import Deadline
from app.migration.fence import the_writer
from app.migration.markers import round_trip
from app.migration.replication.direction import Direction

# Waiting a little longer than the limit tells "just over" from "standing still".
PATIENCE_SECONDS = 1.0

Way = Callable[[Direction], tuple[Direction, str]]
"""Which direction a row takes, and into which table it goes, by the direction of the data."""


def judge_journey(
    check: Check,
    *,
    context: CheckContext,
    limit: float,
    way: Way,
    arrived: str,
    late: str,
) -> CheckResult:
    """Compare the seconds from the row's commit to its arrival with the limit.

    `arrived` and `late` are format strings over `source`, `target` and `seconds`: what the row
    took, or how long it was waited for in vain. Raises DatabaseFailed when nobody writes.
    """
    waited = limit + PATIENCE_SECONDS
    with both_sites(context) as sessions:
        direction, table = way(Direction(the_writer(sessions)))
        seconds = round_trip(
            sessions=sessions,
            direction=direction,
            table=table,
            deadline=Deadline(seconds=waited),
        )
    passed = seconds is not None and seconds <= limit
    words, taken = (late, f"{waited:g}") if seconds is None else (arrived, f"{seconds:.3f}")
    told = words.format(source=direction.source, target=direction.target, seconds=taken)
    return CheckResult(
        check=check.key,
        outcome=Outcome.PASSED if passed else Outcome.FAILED,
        figure=waited if seconds is None else seconds,
        limit=limit,
        unit=check.unit,
        message=f"{told} (limit {limit:g} s)",
        remedy="" if passed else check.remedy,
    )
