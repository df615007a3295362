"""Runs checkov once over a directory and records what it loaded: `python -m policies`.

`python -m policies DIRECTORY REPORT FRAMEWORK…` writes into REPORT: `FRAMEWORK.json` and
`FRAMEWORK.sarif`, as checkov writes them, and `scan.json`: which file here registered which checks,
and every error that checkov logged and went on from. What it found is for `payshift policy` to
judge.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checkov.common.checks.base_check import BaseCheck

POLICIES = Path(__file__).parent


class Errors(logging.Handler):
    """Keeps what checkov logs as an error."""

    def __init__(self) -> None:
        super().__init__(level=logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record, with the exception that caused it in one line."""
        cause = record.exc_info[1] if record.exc_info else None
        message = record.getMessage()
        self.said.append(f"{message}: {type(cause).__name__}: {cause}" if cause else message)


def main(directory: Path, report: Path, frameworks: list[str]) -> int:
    """Scan; return 0 also when checks failed."""
    # Checkov puts a word in place of what a plan does not know yet, instead of leaving it out.
    os.environ["EVAL_TF_PLAN_AFTER_UNKNOWN"] = "true"
    from checkov.common.checks.base_check_registry import BaseCheckRegistry  # noqa: PLC0415 - above
    from checkov.main import Checkov  # noqa: PLC0415 - as above

    errors = Errors()
    logging.getLogger().addHandler(errors)
    report = report.resolve()
    # Without exceptions.yaml: checkov would take it for a check.
    policies = Path(copytree(POLICIES, report / "policies", ignore=ignore_patterns("*.yaml")))
    os.chdir(directory)  # policies read the files that they judge
    for framework in frameworks:
        # One after the other: asked for several, checkov forks, and what it says in there is lost.
        outputs = (report / f"{framework}.json", report / f"{framework}.sarif")
        arguments = ["--directory", ".", "--framework", framework, "--skip-download", "--compact"]
        arguments += ["--external-checks-dir", str(policies), "--soft-fail"]
        arguments += ["--output", "json", "--output", "sarif"]
        arguments += ["--output-file-path", ",".join(map(str, outputs))]
        if code := Checkov(argv=arguments).run(banner=""):
            return code
    scan = {
        "policies": _loaded(policies, BaseCheckRegistry.get_all_registered_checks()),
        "errors": errors.said,
    }
    (report / "scan.json").write_text(json.dumps(scan, indent=2), encoding="utf-8")
    return 0


def _loaded(policies: Path, checks: list[BaseCheck]) -> dict[str, list[str]]:
    """Return the ids of our checks by the name of their file."""
    loaded: dict[str, list[str]] = {}
    for check in checks:
        file = Path(getattr(sys.modules.get(type(check).__module__), "__file__", None) or "")
        if file.parent == policies and check.id not in loaded.setdefault(file.name, []):
            loaded[file.name].append(check.id)
    return loaded


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
