"""Runs checkov once over a directory and records what it loaded: `python -m policies`.

`python -m policies DIRECTORY REPORT FRAMEWORK…` writes into REPORT: `results.json` and
`results.sarif`, as checkov writes them, and `policies.json`: which file here registered which
checks. Always exits 0 when checkov did; what it found is for `payshift policy` to judge.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

POLICIES = Path(__file__).parent


def main(directory: Path, report: Path, frameworks: list[str]) -> int:
    """Scan; return 0 also when checks failed."""
    # Checkov puts a word in place of what a plan does not know yet, instead of leaving it out.
    os.environ["EVAL_TF_PLAN_AFTER_UNKNOWN"] = "true"
    from checkov.common.checks.base_check_registry import BaseCheckRegistry  # noqa: PLC0415 - above
    from checkov.main import Checkov  # noqa: PLC0415 - as above

    report = report.resolve()
    os.chdir(directory)  # policies read the files that they judge
    outputs = (report / "results.json", report / "results.sarif")
    arguments = ["--directory", ".", "--framework", *frameworks, "--skip-download", "--compact"]
    arguments += ["--external-checks-dir", str(POLICIES), "--soft-fail", "--quiet"]
    arguments += ["--output", "json", "--output", "sarif"]
    arguments += ["--output-file-path", ",".join(map(str, outputs))]
    code = Checkov(argv=arguments).run(banner="")
    loaded: dict[str, list[str]] = {}
    for check in BaseCheckRegistry.get_all_registered_checks():
        file = Path(getattr(sys.modules.get(type(check).__module__), "__file__", None) or "")
        if file.parent == POLICIES:
            loaded.setdefault(file.name, []).append(check.id)
    text = json.dumps({name: sorted(set(ids)) for name, ids in loaded.items()}, indent=2)
    (report / "policies.json").write_text(text, encoding="utf-8")
    return code or 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
