"""The check that both databases hold the same money."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome
from app.migration.verification.parity import compare_parity


class RowParity:
    """Counts and sums by currency and status, and ledgers that sum to zero, at both sites."""

    key = "row_parity"
    unit = "differences"
    remedy = "Find the rows behind these figures; do not move the writer before they are known."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Count the differing figures; the limit (`true` in a gate) means that none may differ."""
        report = compare_parity(context.databases)
        different = [row for row in report.rows if not row.right]
        message = f"{len(report.rows)} figures agree at both sites"
        if different:
            first = different[0]
            message = (
                f"{len(different)} of {len(report.rows)} figures differ, such as {first.subject}: "
                f"legacy {first.legacy}, aws {first.aws}"
            )
        return CheckResult(
            check=self.key,
            outcome=Outcome.PASSED if report.equal else Outcome.FAILED,
            figure=float(len(different)),
            limit=0.0 if limit else limit,
            unit=self.unit,
            message=message,
            remedy="" if report.equal else self.remedy,
        )


CHECK: Check = RowParity()
