"""The only door to checkov, which lives in an environment of its own.

checkov exits 0 when it scanned nothing, could not parse a file, or skipped a policy: what it says
is therefore never believed before it has been counted.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import PolicyScanFailed, ToolMissing

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / "build" / "tools" / "checkov" / "bin" / "python"
POLICIES = ROOT / "policies"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """What checkov wrote about one framework."""

    framework: str
    document: Json
    sarif: Json

    def records(self, outcome: str) -> Sequence[Json]:
        """Return the records of an outcome: `passed`, `failed` or `skipped`."""
        found: Sequence[Json] = self.document.get("results", {}).get(f"{outcome}_checks", [])
        return found

    @property
    def parsing_errors(self) -> Sequence[str]:
        """Files that could not be read."""
        found: Sequence[str] = self.document.get("results", {}).get("parsing_errors", [])
        return found


def run_checkov(
    directory: Path, *, report: Path, frameworks: Sequence[str], policies: Path = POLICIES
) -> tuple[Report, ...]:
    """Scan a directory with all checks of checkov and ours.

    ToolMissing when checkov is not installed; PolicyScanFailed when a policy was not loaded or
    raised, a file could not be parsed, or nothing was checked.
    """
    if not PYTHON.is_file():
        raise ToolMissing("checkov is not installed", remedy="run: make setup")
    report.mkdir(parents=True, exist_ok=True)
    _run(directory, report=report, frameworks=frameworks, policies=policies)
    scan = _read(report / "scan.json")
    if scan["errors"]:
        raise _failed(f"checkov went on after errors: {'; '.join(scan['errors'])}")
    _all_loaded(policies, scan["policies"])
    found = tuple(
        Report(name, _read(report / f"{name}.json"), _read(report / f"{name}.sarif"))
        for name in frameworks
    )
    for one in found:
        if one.parsing_errors:
            raise _failed(f"checkov could not parse {', '.join(one.parsing_errors)}")
        if not [*one.records("passed"), *one.records("failed")]:
            raise _failed(f"checkov checked nothing as {one.framework}")
    return found


def _run(directory: Path, *, report: Path, frameworks: Sequence[str], policies: Path) -> None:
    places = (str(directory.resolve()), str(report.resolve()))
    ended = subprocess.run(
        [str(PYTHON), "-m", policies.name, *places, *frameworks],
        cwd=policies.parent,
        env={**os.environ, "PYTHONPATH": str(policies.parent), "LOG_LEVEL": "WARNING"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    (report / "checkov.log").write_text(ended.stdout + ended.stderr, encoding="utf-8")
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise _failed(f"checkov ended with {ended.returncode}: {last}")


def _all_loaded(policies: Path, loaded: dict[str, list[str]]) -> None:
    """Refuse a file that registered no check, or one under an id that another one has."""
    for name in _files(policies):
        if not loaded.get(name):
            raise _failed(f"{policies.name}/{name} registered no check")
    ids = [one for checks in loaded.values() for one in checks]
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise _failed(f"two policies have the id {', '.join(twice)}")


def _files(policies: Path) -> Iterator[str]:
    yield from (file.name for file in policies.glob("*.py") if not file.name.startswith("__"))


def _read(file: Path) -> Json:
    try:
        found: Json = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _failed(f"checkov wrote no readable {file.name}") from error
    return found


def _failed(message: str) -> PolicyScanFailed:
    return PolicyScanFailed(message, remedy="nothing was judged: mend it and run this again")
