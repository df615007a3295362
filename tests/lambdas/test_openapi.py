"""The published description is the API: schemathesis asks everything it allows and forbids."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lambdas.conftest import Pair
from tests.lambdas.served import Served, served

pytestmark = pytest.mark.slow

# What a test run can afford; `API_EXAMPLES=1500` makes more than 2,000 cases of it.
EXAMPLES = int(os.environ.get("API_EXAMPLES", "40"))
FEWEST_CASES = 300


def examine(api: Served, *, directory: Path) -> tuple[Any, str]:
    """Let schemathesis ask the API in all its ways; return its report, and what it printed."""
    report = directory / "report.json"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{api.url}/openapi.json"),
            *("--checks", "all", "--mode", "all", "--max-examples", str(EXAMPLES)),
            *("--tls-verify", str(api.trust), "--request-timeout", "20", "--workers", "2"),
            *("--report", "json", "--report-json-path", str(report), "--no-color"),
            *("--generation-database", "none"),
        ],
        cwd=directory,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.lambdas.schemathesis_hooks"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return json.loads(report.read_text()), done.stdout


def test_no_request_that_schemathesis_thinks_of_is_answered_against_the_description(
    databases: Pair, function_environment: dict[str, str], aws: str, tmp_path: Path
) -> None:
    environment = {**function_environment, "AWS_ENDPOINT_URL": aws}
    with served(environment, directory=tmp_path) as api:
        report, printed = examine(api, directory=tmp_path)

    print(printed)
    assert (report["failures"], report["errors"], report["exit_code"]) == ([], [], 0), printed
    assert {phase["status"] for phase in report["phases"].values()} == {"success"}, printed
    assert report["test_cases"]["generated"] >= FEWEST_CASES
    kept = databases.count()
    assert kept["payment"] > 0
    assert kept["refund"] > 0
    assert kept["ledger_entry"] == 2 * (kept["payment"] + kept["refund"])
