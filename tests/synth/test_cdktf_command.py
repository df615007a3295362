"""`cdktf synth` through `cdktf.json` and `python -m app.main` write the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.synth.workspaces import ROOT, Synthesized, files

CLI = "cdktf-cli@0.21.0"
ENVIRONMENT = {"CHECKPOINT_DISABLE": "1", "CI": "1", "PAYSHIFT_ENVIRONMENT": "local"}


@pytest.mark.slow
def test_cdktf_synth_writes_the_same_bytes(local: Synthesized, tmp_path: Path) -> None:
    npx = shutil.which("npx")
    fetched = npx and subprocess.run(
        [npx, "--yes", CLI, "--version"], capture_output=True, check=False, env=os.environ
    )
    if not fetched or fetched.returncode:
        pytest.skip(f"npx cannot fetch {CLI} here")
    output = tmp_path / "cdktf.out"
    assert npx is not None
    ended = subprocess.run(
        [npx, "--yes", CLI, "synth", "--output", str(output)],
        cwd=ROOT,
        env=os.environ | ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert files(output) == files(local.directory)


def test_the_program_reads_its_places_from_the_environment(
    local: Synthesized, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    variables = {"CDKTF_OUTDIR": str(output), "PAYSHIFT_PHASES": str(ROOT / "phases")}
    subprocess.run(
        [sys.executable, "-m", "app.main"],
        cwd=ROOT,
        env=os.environ | ENVIRONMENT | variables,
        check=True,
    )
    assert files(output) == files(local.directory)


def test_an_unknown_environment_ends_the_program_with_the_code_for_wrong_input() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "app.main"],
        cwd=ROOT,
        env=os.environ | {"PAYSHIFT_ENVIRONMENT": "locall"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "did you mean local?" in ended.stderr
