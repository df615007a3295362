"""Terraform and the real provider accept what is synthesized."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from app.config.environment import Environment
from app.config.loading import load_environment
from app.config.names import Names
from app.local.cloud.settings import CloudSettings
from app.pipeline.terraform import Terraform
from tests.local.processes import running
from tests.synth.workspaces import ROOT, Synthesized

LOCK_FILE = ROOT / "app" / "config" / "terraform.lock.hcl"
APPLY = ("apply", "-auto-approve", "-input=false")
# 0: nothing to do; 2: the plan would change something.
PLAN = ("plan", "-detailed-exitcode", "-input=false")


@dataclass(frozen=True)
class Workshop:
    """A writable copy of the workspaces, and Terraform in it."""

    directory: Path
    terraform: Terraform
    variables: dict[str, str]

    def run(self, workspace: str, *arguments: str) -> None:
        """Run Terraform in a workspace and expect exit code 0."""
        ended = subprocess.run(
            [self.terraform.binary, *arguments, "-no-color"],
            cwd=self.directory / workspace,
            env=dict(self.terraform.variables) | self.variables,
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
    return Workshop(stacks, terraform, {})


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An AWS API with nothing but the bucket for states; yields how Terraform reaches it."""
    environment = load_environment("local")
    settings = CloudSettings(certificate_seconds=0)
    with running("app.local.cloud", settings=settings, directory=tmp_path) as started:
        variables = {
            "AWS_ENDPOINT_URL": started.said["endpoint"],
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        _make_state_bucket(environment, variables)
        yield variables


def _make_state_bucket(environment: Environment, variables: dict[str, str]) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=environment.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_bucket(
        Bucket=Names.of(environment).state_bucket,
        CreateBucketConfiguration={"LocationConstraint": "us-east-2"},
    )


@pytest.mark.slow
def test_terraform_accepts_every_workspace(workshop: Workshop, local: Synthesized) -> None:
    for name in local.order:
        workshop.run(name, "init", "-backend=false", "-input=false")
        workshop.run(name, "validate")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_foundation_applies_from_nothing_and_a_second_plan_is_empty(
    workshop: Workshop, local: Synthesized, cloud: dict[str, str]
) -> None:
    workshop.variables.update(cloud)
    dependencies = local.dependencies()
    foundation = [name for name in local.order if not name.startswith("phase-")]
    for name in foundation:
        workshop.run(name, "init", "-input=false")
    applied: set[str] = set()
    while side_by_side := [
        name for name in foundation if name not in applied and dependencies[name] <= applied
    ]:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda name: workshop.run(name, *APPLY), side_by_side))
        applied.update(side_by_side)
    assert applied == set(foundation)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: workshop.run(name, *PLAN), foundation))


@pytest.mark.slow
def test_the_provider_is_the_one_of_the_committed_lock_file(
    workshop: Workshop, local: Synthesized
) -> None:
    before = LOCK_FILE.read_bytes()
    workshop.run("data", "init", "-backend=false", "-input=false", "-lockfile=readonly")
    assert (workshop.directory / "data" / ".terraform.lock.hcl").read_bytes() == before
    versions = local["data"].json["terraform"]["required_providers"]["aws"]["version"]
    assert json.dumps(versions.removeprefix("= ")) in LOCK_FILE.read_text(encoding="utf-8")
