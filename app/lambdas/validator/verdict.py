"""What a gate found in the end, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass

from app.migration.checks.base import CheckResult, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the last look at every check found, and how many looks that took.

    `successes` looks in a row, of `wanted`, saw every check pass; for those `unasked` there was no
    time.
    """

    results: tuple[CheckResult, ...]
    unasked: tuple[str, ...] = ()
    looks: int
    successes: int
    wanted: int

    @property
    def outcome(self) -> Outcome:
        """Failed if any check failed; passed only if every one did, as often as wanted."""
        outcomes = {result.outcome for result in self.results}
        if Outcome.FAILED in outcomes:
            return Outcome.FAILED
        unclear = Outcome.INCONCLUSIVE in outcomes or self.unasked or self.successes < self.wanted
        return Outcome.INCONCLUSIVE if unclear else Outcome.PASSED

    @property
    def open_lines(self) -> list[str]:
        """One line for each check that is not passed: figure, limit, what to do."""
        lines = [_line(result) for result in self.results if result.outcome is not Outcome.PASSED]
        lines += [f"{name} inconclusive: there was no time to ask" for name in self.unasked]
        if not lines and self.outcome is Outcome.INCONCLUSIVE:
            return [f"every check passed, but {self.successes} of {self.wanted} times in a row"]
        return lines


def _line(result: CheckResult) -> str:
    figure = "unknown" if result.figure is None else f"{result.figure:g}"
    line = f"{result.check} {result.outcome}: {figure} {result.unit}, limit {result.limit:g}"
    remedy = f" → {result.remedy}" if result.remedy else ""
    return f"{line}; {result.message}{remedy}".replace("\n", " ")
