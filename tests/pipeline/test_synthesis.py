"""Synthesis in its own process: what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import ToolMissing, WorldError
from app.pipeline import synthesis
from app.pipeline.synthesis import synthesize


def run(tmp_path: Path) -> tuple[str, ...]:
    return synthesize(environment="local", phases=tmp_path / "phases", output=tmp_path / "out")


def test_a_machine_without_cdktf_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthesis, "_PROGRAM", "import no_such_package")
    with pytest.raises(ToolMissing) as refusal:
        run(tmp_path)
    assert "No module named 'no_such_package'" in refusal.value.message
    assert refusal.value.remedy == "run: make setup"


def test_a_failed_synthesis_says_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthesis, "_PROGRAM", "raise SystemExit('a block is missing')")
    with pytest.raises(WorldError, match="synthesis failed: a block is missing"):
        run(tmp_path)


def test_the_names_of_the_workspaces_are_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (
        "import sys, pathlib\n"
        "for name in ('phase-0', 'network'):\n"
        "    directory = pathlib.Path(sys.argv[3], 'stacks', name)\n"
        "    directory.mkdir(parents=True)\n"
        "    (directory / 'cdk.tf.json').touch()\n"
    )
    monkeypatch.setattr(synthesis, "_PROGRAM", program)
    assert run(tmp_path) == ("network", "phase-0")
