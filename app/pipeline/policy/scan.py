"""Scans synthesized workspaces, and plans of them, in one run of checkov."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.errors import InputError, PolicyScanFailed
from app.pipeline.policy.addresses import address_at
from app.pipeline.policy.checkov import POLICIES, Json, Report, run_checkov
from app.pipeline.policy.finding import Finding
from app.pipeline.terraform import JSON_FILE

SYNTHESIZED, PLANNED = "terraform_json", "terraform_plan"


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found, in order, and how much was looked at."""

    findings: tuple[Finding, ...]
    passed: int
    workspaces: tuple[str, ...]
    plans: tuple[str, ...]
    reports: tuple[Report, ...]


def scan(
    synthesized: Path,
    *,
    plans: Mapping[str, Path],
    work: Path,
    policies: Path = POLICIES,
) -> Scan:
    """Scan `synthesized/stacks` and plans (`terraform show -json`, by workspace) as one target.

    `work` is emptied first. PolicyScanFailed unless something was checked in every file.
    """
    shutil.rmtree(work, ignore_errors=True)
    directory = work / "scanned"
    names = _stage(synthesized, plans, directory)
    frameworks = (SYNTHESIZED, *((PLANNED,) if plans else ()))
    reports = run_checkov(
        directory, report=work / "report", frameworks=frameworks, policies=policies
    )
    _everything_was_checked(directory, reports)
    findings = {
        _finding(directory, record) for report in reports for record in report.records("failed")
    }
    passed = sum(len(report.records("passed")) for report in reports)
    return Scan(tuple(sorted(findings)), passed, names, tuple(plans), reports)


def _stage(synthesized: Path, plans: Mapping[str, Path], directory: Path) -> tuple[str, ...]:
    files = sorted(synthesized.glob(f"stacks/*/{JSON_FILE}"))
    if not files:
        message = f"there are no workspaces in {synthesized}"
        raise InputError(message, remedy="run: payshift synth, or name where it wrote to")
    for file in files:
        _copy(file, directory / "stacks" / file.parent.name / JSON_FILE)
    for name, file in plans.items():
        _copy(file, directory / "plans" / f"{name}.json")
    return tuple(file.parent.name for file in files)


def _copy(file: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, to)


def _everything_was_checked(directory: Path, reports: tuple[Report, ...]) -> None:
    checked = {
        _file(record)
        for report in reports
        for outcome in ("passed", "failed")
        for record in report.records(outcome)
    }
    staged = {str(file.relative_to(directory)) for file in directory.rglob("*.json")}
    if missing := sorted(staged - checked):
        raise PolicyScanFailed(
            f"checkov checked nothing in {', '.join(missing)}",
            remedy="nothing was judged: see whether the file holds any resource",
        )


def _finding(directory: Path, record: Json) -> Finding:
    file, line = _file(record), int(record["file_line_range"][0])
    planned = file.startswith("plans/")
    workspace = Path(file).stem if planned else Path(file).parent.name
    address = str(record["resource"])
    if not planned:
        name = address.rpartition(".")[2]
        address = address_at(directory / file, line=line, name=name)
    return Finding(workspace, address, record["check_id"], record["check_name"], file, line)


def _file(record: Json) -> str:
    return str(record["file_path"]).lstrip("/")
