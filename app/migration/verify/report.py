"""What a comparison found, for people and for programs. Values are hidden unless asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.migration.verify.session import Side

HIDDEN = "•••"


class Kind(StrEnum):
    """How a row differs, seen from the left: the right lacks it, has it alone, or another one."""

    CHANGED = "changed"
    MISSING = "missing"
    EXTRA = "extra"


class Verdict(StrEnum):
    """What is known of a table. `restless` rows changed at every look: nothing is known of them."""

    EQUAL = "equal"
    DIFFERENT = "different"
    RESTLESS = "restless"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDifference:
    """A row that is not the same; `columns` are the texts that differ, as (left, right)."""

    kind: Kind
    key: Mapping[str, str]
    columns: Mapping[str, tuple[str | None, str | None]]

    def as_record(self, *, show_values: bool) -> dict[str, Any]:
        """Return plain values."""
        return {
            "kind": self.kind.value,
            "key": dict(self.key),
            "columns": {
                name: {
                    side.value: _shown(value, show=show_values)
                    for side, value in zip(Side, values, strict=True)
                }
                for name, values in self.columns.items()
            },
        }

    def line(self, *, show_values: bool) -> str:
        """Return one line."""
        key = ", ".join(f"{name}={value}" for name, value in self.key.items())
        columns = "; ".join(
            f"{name}: {_shown(left, show=show_values)} → {_shown(right, show=show_values)}"
            if show_values
            else name
            for name, (left, right) in self.columns.items()
        )
        return f"{self.kind} {key}" + (f" ({columns})" if columns else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableResult:
    """One table. `rows` were read on each side; `differences` are the first of `different` rows.

    `truncated` tells that there are more different rows than were looked for. `problems` are
    differences of the tables themselves, `notes` what the comparison could not do.
    `repair` are statements, with values, where they were asked for.
    """

    name: str
    rows: Mapping[Side, int]
    seconds: float
    different: int = 0
    restless: int = 0
    in_flight: int = 0
    truncated: bool = False
    differences: tuple[RowDifference, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    repair: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Promise what is known."""
        if self.different or self.problems:
            return Verdict.DIFFERENT
        return Verdict.RESTLESS if self.restless else Verdict.EQUAL

    def as_record(self, *, show_values: bool) -> dict[str, Any]:
        """Return plain values."""
        return {
            "table": self.name,
            "verdict": self.verdict.value,
            "rows": {side.value: self.rows.get(side, 0) for side in Side},
            "seconds": round(self.seconds, 3),
            "different": self.different,
            "restless": self.restless,
            "in_flight": self.in_flight,
            "truncated": self.truncated,
            "differences": [one.as_record(show_values=show_values) for one in self.differences],
            "problems": list(self.problems),
            "notes": list(self.notes),
            "repair_sql": list(self.repair),
        }

    def lines(self, *, show_values: bool) -> Iterator[str]:
        """Return a line about the table, and one for each fact about it."""
        rows = max(self.rows.values(), default=0)
        more = "at least " if self.truncated else ""
        found = {
            Verdict.EQUAL: "equal",
            Verdict.DIFFERENT: f"{more}{self.different:,} rows differ",
            Verdict.RESTLESS: f"{self.restless:,} rows changed at every look",
        }[self.verdict]
        yield f"{self.name}: {found} ({rows:,} rows, {self.seconds:.1f} s)"
        yield from (f"  problem: {problem}" for problem in self.problems)
        yield from (f"  note: {note}" for note in self.notes)
        yield from (f"  {one.line(show_values=show_values)}" for one in self.differences)
        if self.different > len(self.differences):
            yield f"  … and {self.different - len(self.differences):,} more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Every table that was compared, and those that only one side has."""

    mode: str
    tables: tuple[TableResult, ...]
    only: Mapping[Side, tuple[str, ...]] = field(default_factory=dict)
    by_text: tuple[str, ...] = ()

    @property
    def different(self) -> int:
        """Promise how many rows differ; at least so many where a table was truncated."""
        return sum(table.different for table in self.tables)

    @property
    def verdict(self) -> Verdict:
        """Promise the worst of all tables; one that only one side has is a difference."""
        verdicts = {table.verdict for table in self.tables}
        if Verdict.DIFFERENT in verdicts or any(self.only.values()):
            return Verdict.DIFFERENT
        return Verdict.RESTLESS if Verdict.RESTLESS in verdicts else Verdict.EQUAL

    @property
    def equal(self) -> bool:
        """Tell whether every row of every table is known to be the same."""
        return self.verdict is Verdict.EQUAL

    def as_record(self, *, show_values: bool = False) -> dict[str, Any]:
        """Return plain values."""
        return {
            "verdict": self.verdict.value,
            "mode": self.mode,
            "different": self.different,
            "types_compared_by_text": list(self.by_text),
            "only": {side.value: list(names) for side, names in self.only.items()},
            "tables": [table.as_record(show_values=show_values) for table in self.tables],
        }

    def lines(self, *, show_values: bool = False) -> list[str]:
        """Return it for people."""
        lines = [line for table in self.tables for line in table.lines(show_values=show_values)]
        lines += [
            f"{name}: only the {side} side has this table"
            for side, names in self.only.items()
            for name in names
        ]
        if self.by_text:
            lines.append(f"hashes are not as expected, compared by text: {', '.join(self.by_text)}")
        total = sum(max(table.rows.values(), default=0) for table in self.tables)
        return [*lines, f"{len(self.tables)} tables, {total:,} rows: {self.verdict}"]


def _shown(value: str | None, *, show: bool) -> str | None:
    return value if value is None or show else HIDDEN
