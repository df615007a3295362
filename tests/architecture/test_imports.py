"""Imports point one way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_import_contracts_are_kept() -> None:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    ended = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_only_one_module_starts_terraform() -> None:
    starters = {
        str(file.relative_to(ROOT))
        for file in (ROOT / "app").rglob("*.py")
        if 'which("terraform")' in file.read_text(encoding="utf-8")
    }
    assert starters == {"app/pipeline/terraform.py"}
