"""Looks at the checks again and again until they agree or the time is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.migration.checks.base import CheckResult, Outcome

Look = Callable[[], CheckResult]

_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the last look at every check found, and how many looks that took."""

    results: tuple[CheckResult, ...]
    looks: int

    @property
    def outcome(self) -> Outcome:
        """Failed if any check failed; passed only if every one did."""
        outcomes = {result.outcome for result in self.results}
        if Outcome.FAILED in outcomes:
            return Outcome.FAILED
        return Outcome.INCONCLUSIVE if Outcome.INCONCLUSIVE in outcomes else Outcome.PASSED

    @property
    def open_lines(self) -> list[str]:
        """One line for each check that is not passed: figure, limit, what to do."""
        return [_line(result) for result in self.results if result.outcome is not Outcome.PASSED]


def look_until_clear(checks: Mapping[str, Look], *, seconds: float, once: bool = False) -> Verdict:
    """Look until all passed, one failed, or the time is over (then something is inconclusive).

    Only inconclusive checks are looked at again, since some are dear; but what passed early may
    have changed meanwhile, so a pass is only a look at all of them in which every one passed.
    """
    deadline = time.monotonic() + seconds
    results: dict[str, CheckResult] = {}
    pending = set(checks)
    looks = 0
    while True:
        looks += 1
        for name in (name for name in checks if name in pending):
            results[name] = checks[name]()
        verdict = Verdict(tuple(results[name] for name in checks), looks)
        everything_seen = pending == set(checks)
        over = once or time.monotonic() + _PAUSE_SECONDS > deadline
        if verdict.outcome is Outcome.FAILED or over:
            return verdict
        if verdict.outcome is Outcome.PASSED:
            if everything_seen:
                return verdict
            pending = set(checks)
            continue
        pending = {name for name in checks if results[name].outcome is Outcome.INCONCLUSIVE}
        time.sleep(_PAUSE_SECONDS)


def _line(result: CheckResult) -> str:
    figure = "unknown" if result.figure is None else f"{result.figure:g}"
    line = f"{result.check} {result.outcome}: {figure} {result.unit}, limit {result.limit:g}"
    remedy = f" → {result.remedy}" if result.remedy else ""
    return f"{line}; {result.message}{remedy}".replace("\n", " ")
