"""Findings for GitHub's code scanning: checkov's own SARIF, with what was accepted suppressed."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from pathlib import Path

from app.pipeline.policy.checkov import Json, Report
from app.pipeline.policy.verdict import Verdict


def write_sarif(file: Path, reports: Sequence[Report], verdict: Verdict) -> None:
    """Write one run a framework; an accepted finding carries its reason as its suppression."""
    reasons = {
        (finding.check, finding.file, finding.line): exception.reason
        for finding, exception in verdict.accepted
    }
    runs = [run for report in reports for run in _runs(report, reasons)]
    document = {**reports[0].sarif, "runs": runs}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")


def _runs(report: Report, reasons: dict[tuple[str, str, int], str]) -> list[Json]:
    runs: list[Json] = copy.deepcopy(report.sarif["runs"])
    for run in runs:
        # Code scanning takes several runs of one tool only under different categories.
        run["automationDetails"] = {"id": f"payshift-policy/{report.framework}"}
        for result in run["results"]:
            if reason := reasons.get(_key(result)):
                result["suppressions"] = [{"kind": "external", "justification": reason}]
    return runs


def _key(result: Json) -> tuple[str, str, int]:
    place = result["locations"][0]["physicalLocation"]
    uri = str(place["artifactLocation"]["uri"]).lstrip("/")
    return str(result["ruleId"]), uri, int(place["region"]["startLine"])
