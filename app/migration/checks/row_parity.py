"""The check that both databases hold the same rows and the same money."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome, WholeTables
from app.migration.checks.recorded_verdict import judge_recorded, too_large
from app.migration.sites import Databases
from app.migration.verify.aspect import Aspect
from app.migration.verify.parity import compare_parity
from app.migration.verify.report import TableResult, Verdict
from app.migration.verify.rows import compare_rows


class RowParity(WholeTables):
    """Every row by its hash, and counts, sums and ledgers of the money, at both sites.

    Tables too large for the time of a gate have been verified before: then `payshift verify` tells.
    """

    key = "row_parity"
    unit = "differences"
    remedy = "Run `payshift verify` for the rows; do not move the writer before they are known."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Count rows and figures that differ; the limit (`true` in a gate) means none may."""
        if too_large(context):
            whole = (Aspect.ROWS, Aspect.MONEY)
            return judge_recorded(self, context=context, limit=limit, aspects=whole)
        rows, told = _compare_rows(context.databases)
        money = compare_parity(context.databases)
        wrong = [row for row in money.rows if not row.right]
        agreed = [told, f"{len(money.rows) - len(wrong)} of {len(money.rows)} figures agree"]
        faults = [
            next(iter(table.lines(show_values=False)))
            for table in rows
            if table.verdict is not Verdict.EQUAL
        ]
        if wrong:
            first = wrong[0]
            faults.append(f"{first.subject}: legacy {first.legacy}, aws {first.aws}")
        figure = len(wrong) + sum(max(table.different, len(table.problems)) for table in rows)
        restless = any(table.verdict is Verdict.RESTLESS for table in rows)
        passed = not figure and not restless
        undecided = Outcome.INCONCLUSIVE if restless else Outcome.PASSED
        return CheckResult(
            check=self.key,
            outcome=Outcome.FAILED if figure else undecided,
            figure=float(figure),
            limit=0.0 if limit else limit,
            unit=self.unit,
            message="; ".join([*faults, *agreed]),
            remedy="" if passed else self.remedy,
        )


def _compare_rows(databases: Databases) -> tuple[tuple[TableResult, ...], str]:
    report = compare_rows(databases)
    rows = sum(max(table.rows.values()) for table in report.tables)
    return report.tables, f"{rows:,} rows in {len(report.tables)} tables were compared"


CHECK: Check = RowParity()
