"""Everything that two databases must share, in one verdict: schemas, money and rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.migration.verify.aspect import Aspect
from app.migration.verify.report import Verdict

if TYPE_CHECKING:
    from app.migration.verify.money import MoneyReport
    from app.migration.verify.report import Report
    from app.migration.verify.schemas import SchemaReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What each aspect found; None for an aspect that was not asked for.

    `money_unknown` tells why the money could not be compared though it was asked for: only beside
    schemas that differ.
    """

    schemas: SchemaReport | None = None
    money: MoneyReport | None = None
    rows: Report | None = None
    money_unknown: str = ""

    @property
    def verdict(self) -> Verdict:
        """Promise the worst of all aspects."""
        wrong = (
            (self.schemas is not None and not self.schemas.equal)
            or (self.money is not None and not self.money.equal)
            or bool(self.money_unknown)
        )
        if wrong:
            return Verdict.DIFFERENT
        return Verdict.EQUAL if self.rows is None else self.rows.verdict

    @property
    def equal(self) -> bool:
        """Tell whether everything that was asked for is known to be the same."""
        return self.verdict is Verdict.EQUAL

    def as_record(self, *, show_values: bool = False) -> dict[str, Any]:
        """Return plain values."""
        return {
            "verdict": self.verdict.value,
            "schemas": None if self.schemas is None else self.schemas.as_record(),
            "money": None if self.money is None else self.money.as_record(),
            "money_unknown": self.money_unknown or None,
            "rows": None if self.rows is None else self.rows.as_record(show_values=show_values),
        }

    def lines(self, *, show_values: bool = False) -> list[str]:
        """Return it for people; the verdict is the last line."""
        lines: list[str] = []
        if self.schemas is not None:
            lines += self.schemas.lines()
        if self.money is not None:
            lines += self.money.lines()
        if self.money_unknown:
            lines.append(f"money: unknown ({self.money_unknown})")
        if self.rows is not None:
            lines += self.rows.lines(show_values=show_values)
        aspects = [aspect for aspect in Aspect if self._asked(aspect)]
        return [*lines, f"{', '.join(aspects)}: {self.verdict}"]

    def _asked(self, aspect: Aspect) -> bool:
        if aspect is Aspect.MONEY:
            return self.money is not None or bool(self.money_unknown)
        return (self.schemas if aspect is Aspect.SCHEMAS else self.rows) is not None
