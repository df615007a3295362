"""What a scan says, for people and for programs."""

from __future__ import annotations

from typing import Any

from app.pipeline.policy.scan import Scan
from app.pipeline.policy.verdict import Verdict, by_check


def lines(scan: Scan, verdict: Verdict) -> list[str]:
    """Return a table with one heading a check, the problems of the exceptions, and the sums."""
    width = max((len(finding.workspace) for finding in verdict.open), default=0)
    table: list[str] = []
    for check, findings in by_check(verdict.open).items():
        table.append(f"{check}  {findings[0].title}")
        for finding in findings:
            where = f"{finding.file}:{finding.line}"
            table.append(f"  {finding.workspace:<{width}}  {finding.address}  {where}")
    table.extend(str(problem) for problem in verdict.problems)
    table.append(
        f"{len(scan.workspaces)} workspaces and {len(scan.plans)} plans: {scan.passed} passed, "
        f"{len(verdict.open)} failed, {len(verdict.accepted)} accepted by exceptions"
    )
    return table


def record(scan: Scan, verdict: Verdict) -> dict[str, Any]:
    """Return the same for JSON."""
    return {
        "workspaces": list(scan.workspaces),
        "plans": list(scan.plans),
        "passed": scan.passed,
        "failed": [finding.as_record() for finding in verdict.open],
        "accepted": [
            {**finding.as_record(), "reason": one.reason, "expires": str(one.expires)}
            for finding, one in verdict.accepted
        ],
        "problems": [
            {
                "file": str(problem.file),
                "line": problem.line,
                "column": problem.column,
                "message": problem.message,
                "remedy": problem.remedy,
            }
            for problem in verdict.problems
        ],
    }
