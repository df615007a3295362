"""Terraform and the real provider accept what is synthesized."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.pipeline.terraform import Terraform
from tests.synth.workspaces import ROOT, Synthesized

LOCK_FILE = ROOT / "app" / "config" / "terraform.lock.hcl"


@dataclass(frozen=True)
class Workshop:
    """A writable copy of the workspaces, and Terraform in it."""

    directory: Path
    terraform: Terraform

    def run(self, workspace: str, *arguments: str) -> None:
        """Run Terraform in a workspace and expect exit code 0."""
        ended = subprocess.run(
            [self.terraform.binary, *arguments, "-no-color"],
            cwd=self.directory / workspace,
            env=dict(self.terraform.variables),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{workspace}:\n{ended.stdout}{ended.stderr}"


@pytest.fixture
def workshop(local: Synthesized, tmp_path: Path) -> Workshop:
    terraform = Terraform.find(build=tmp_path)
    stacks = Path(shutil.copytree(local.directory / "stacks", tmp_path / "stacks"))
    for workspace in stacks.iterdir():
        shutil.copyfile(LOCK_FILE, workspace / ".terraform.lock.hcl")
    return Workshop(stacks, terraform)


@pytest.mark.slow
def test_terraform_accepts_every_workspace(workshop: Workshop, local: Synthesized) -> None:
    for name in local.order:
        workshop.run(name, "init", "-backend=false", "-input=false")
        workshop.run(name, "validate")


@pytest.mark.slow
def test_the_provider_is_the_one_of_the_committed_lock_file(
    workshop: Workshop, local: Synthesized
) -> None:
    before = LOCK_FILE.read_bytes()
    workshop.run("data", "init", "-backend=false", "-input=false", "-lockfile=readonly")
    assert (workshop.directory / "data" / ".terraform.lock.hcl").read_bytes() == before
    versions = local["data"].json["terraform"]["required_providers"]["aws"]["version"]
    assert json.dumps(versions.removeprefix("= ")) in LOCK_FILE.read_text(encoding="utf-8")
