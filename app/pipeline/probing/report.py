"""The answers of all probes, for people, for programs and for an issue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.pipeline.probing.base import Line, Outcome

_MARKS = {Outcome.PASSED: "ok  ", Outcome.FAILED: "FAIL", Outcome.UNKNOWN: "?   "}


@dataclass(frozen=True, slots=True)
class Report:
    """Lines by probe."""

    lines_by_probe: Mapping[str, Sequence[Line]]

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines."""
        return tuple(line for lines in self.lines_by_probe.values() for line in lines)

    def count(self, outcome: Outcome) -> int:
        """Tell how many lines ended so."""
        return sum(line.outcome is outcome for line in self.lines)

    @property
    def exit_code(self) -> int:
        """0 when all passed, 1 when anything failed, 3 when something could not be looked at."""
        if self.count(Outcome.FAILED):
            return 1
        return 3 if self.count(Outcome.UNKNOWN) else 0

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        counts = {outcome.value: self.count(outcome) for outcome in Outcome}
        probes = {
            name: [line.as_record() for line in lines]
            for name, lines in self.lines_by_probe.items()
        }
        return {**counts, "probes": probes}

    def text(self) -> list[str]:
        """Return it for people: what is not well with its remedy."""
        lines = []
        for line in self.lines:
            lines.append(f"{_MARKS[line.outcome]}  {line.subject}: {line.message}")
            if line.remedy:
                lines.append(f"      → {line.remedy}")
        counts = ", ".join(f"{self.count(outcome)} {outcome.value}" for outcome in Outcome)
        return [*lines, counts]

    def markdown(self, *, outcomes: Sequence[Outcome]) -> str:
        """Return a table of the lines that ended so."""
        rows = [
            f"| {line.outcome.value} | {_cell(line.subject)} | {_cell(line.message)} "
            f"| {_cell(line.remedy)} |"
            for line in self.lines
            if line.outcome in outcomes
        ]
        return "\n".join(["| | about | what | remedy |", "|---|---|---|---|", *rows]) + "\n"


def _cell(text: str) -> str:
    """Return text that stays in its cell, whatever it holds, and pings nobody."""
    escaped = "".join(f"\\{letter}" if letter in "\\|<>`*_[]#" else letter for letter in text)
    return escaped.replace("\n", " ").replace("@", "@\u200b")
