"""`payshift cost` as people and workflows meet it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from app.pipeline.git import export
from tests.pipeline.cost.billing import Resources, write
from tests.pipeline.test_cli import payshift

GATEWAYS: Resources = {"aws_nat_gateway": {"a": {}, "b": {}}}
TOO_DEAR: Resources = {"aws_nat_gateway": {"many": {"count": 200}}}

# A program of another revision: it lies where the real one does, and needs no cdktf.
PROGRAM = """\
import json
def synthesize(*, environment, phases, output):
    place = output / "stacks" / "network"
    place.mkdir(parents=True)
    gateways = {name: {} for name in (phases / "gateways").read_text().split()}
    resources = {"aws_nat_gateway": gateways, "aws_eip": {environment: {}}}
    (place / "cdk.tf.json").write_text(json.dumps({"resource": resources}))
"""


def test_the_price_is_a_table_for_people(tmp_path: Path) -> None:
    ended = payshift(tmp_path, "cost", "--workspaces", str(write(tmp_path, network=GATEWAYS)))
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert lines[0].split() == ["workspace", "service", "USD", "a", "month"]
    assert lines[1].split()[:2] == ["network", "VPC"]


def test_above_the_limit_it_ends_with_1_and_programs_read_one_document(tmp_path: Path) -> None:
    directory = str(write(tmp_path, network=TOO_DEAR))
    ended = payshift(tmp_path, "cost", "--workspaces", directory, "--json")
    assert ended.returncode == 1
    found = json.loads(ended.stdout)
    assert found["within_limit"] is False
    assert found["error"]["kind"] == "LimitExceeded"
    assert "above the limit of 3,000.00\n  → make the dearest smaller" in ended.stderr


def test_an_unpriced_type_ends_with_2(tmp_path: Path) -> None:
    directory = str(write(tmp_path, network={"aws_eks_cluster": {"big": {}}}))
    ended = payshift(tmp_path, "cost", "--workspaces", directory)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "network: aws_eks_cluster.big has no pricer" in ended.stderr


def test_a_directory_is_what_to_compare_with(tmp_path: Path) -> None:
    now, before = write(tmp_path / "now", network=GATEWAYS), write(tmp_path / "was", network={})
    ended = payshift(tmp_path, "cost", "--workspaces", str(now), "--against", str(before), "--json")
    difference = json.loads(ended.stdout)["difference"]
    assert difference["against"] == str(before)
    assert {one["resource"] for one in difference["changes"]} == {
        "aws_nat_gateway.a", "aws_nat_gateway.b",
    }  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Hold a program of two revisions; the phases of the first ask for one gateway more."""
    root = tmp_path / "repository"
    for place in ("app/config", "phases"):
        (root / place).mkdir(parents=True)
    for package in ("app", "app/config"):
        (root / package / "__init__.py").touch()
    (root / "app/main.py").write_text(PROGRAM, encoding="utf-8")
    loading = "def load_environment(name):\n    return name\n"
    (root / "app/config/loading.py").write_text(loading, encoding="utf-8")
    (root / "phases/gateways").write_text("a b", encoding="utf-8")
    git(root, "init", "--quiet", "--initial-branch", "main")
    commit(root, "first")
    git(root, "tag", "first")
    (root / "phases/gateways").write_text("a", encoding="utf-8")
    commit(root, "second")
    return root


def of(repository: Path) -> tuple[str, str]:
    return ("--phases", str(repository / "phases"))


def git(directory: Path, *arguments: str) -> None:
    identity = {f"GIT_{who}_{what}": "test@example.com"
                for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}  # fmt: skip
    subprocess.run(["git", "-C", str(directory), *arguments], check=True, env=os.environ | identity)


def commit(directory: Path, message: str) -> None:
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--message", message)


def test_a_revision_is_synthesized_by_its_own_program_and_phases(
    repository: Path, tmp_path: Path
) -> None:
    now = write(tmp_path / "now", network=GATEWAYS)
    ended = payshift(
        tmp_path, "cost", *of(repository), "--workspaces", str(now), "--against", "first", "--json"
    )
    assert ended.returncode == 0, ended.stderr
    difference = json.loads(ended.stdout)["difference"]
    assert [(one["resource"], one["before"], one["after"]) for one in difference["changes"]] == [
        ("aws_eip.production", 3.65, 0.0)
    ]
    assert "synthesizing the workspaces of first" in ended.stderr
    assert git_is_clean(repository)


def test_the_base_of_a_pull_request_is_taken_from_the_environment(
    repository: Path, tmp_path: Path
) -> None:
    directory = str(write(tmp_path / "now", network=GATEWAYS))
    ended = payshift(
        tmp_path, "cost", *of(repository), "--workspaces", directory, PAYSHIFT_BASE="first"
    )
    assert "against first: " in ended.stdout


def test_a_revision_that_does_not_exist_ends_with_2(repository: Path, tmp_path: Path) -> None:
    directory = str(write(tmp_path / "now", network=GATEWAYS))
    ended = payshift(
        tmp_path, "cost", *of(repository), "--workspaces", directory, "--against", "nowhere"
    )
    assert ended.returncode == 2
    assert "there is no revision nowhere" in ended.stderr


def test_an_export_leaves_what_is_not_committed_behind(repository: Path, tmp_path: Path) -> None:
    (repository / "phases/gateways").write_text("changed", encoding="utf-8")
    there = export(repository / "phases", revision="HEAD", into=tmp_path / "elsewhere")
    assert there == tmp_path / "elsewhere" / "phases"
    assert (there / "gateways").read_text(encoding="utf-8") == "a"


def git_is_clean(directory: Path) -> bool:
    said = subprocess.run(
        ["git", "-C", str(directory), "status", "--porcelain"], capture_output=True, check=True
    )
    return said.stdout == b""
