"""`payshift policy` as people and workflows run it: its exit code, its plans, its SARIF."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.local.cloud.settings import CloudSettings
from app.pipeline.terraform import Terraform
from tests.local.processes import running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
CHECK = "CKV_PAYSHIFT_18"
TOPIC = "aws_sns_topic.one"
PLAIN = {"name": "plain"}
# Says what both our check and checkov's own ask of a topic.
SEALED = {"name": "sealed", "kms_master_key_id": "alias/of-ours"}


class Command:
    """The command over a small target in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.sarif = directory / "findings.sarif"
        self.exceptions()

    def synthesized(self, text: str | dict[str, Any]) -> None:
        """Write the workspace `data`: resources, or the text of the file."""
        document = {"terraform": {}, "resource": text}
        file = self.directory / "target" / "stacks" / "data" / "cdk.tf.json"
        file.parent.mkdir(parents=True)
        file.write_text(text if isinstance(text, str) else json.dumps(document, indent=2))

    def exceptions(self, *entries: dict[str, object]) -> None:
        """Write the list of exceptions."""
        file = self.directory / "exceptions.yaml"
        file.write_text(json.dumps({"exceptions": list(entries)}))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it; what it builds stays in the directory."""
        places = ["--synthesized", "target", "--exceptions", "exceptions.yaml"]
        return subprocess.run(
            [sys.executable, "-m", "app.pipeline.cli", "policy", "--json",
             "--sarif", str(self.sarif), *places, *arguments],
            cwd=self.directory,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(self.directory)},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


def accepted(**other: object) -> list[dict[str, object]]:
    """Exceptions for both checks that a topic without a key breaks."""
    one: dict[str, object] = {
        "resource": TOPIC, "covers": 1, "reason": "It is here to be found by a test.",
        "expires": "2027-01-01", **other,
    }  # fmt: skip
    return [{"check": check, **one} for check in (CHECK, "CKV_AWS_26")]


def test_a_target_without_a_finding_is_exit_0(command: Command) -> None:
    command.synthesized({"aws_sns_topic": {"one": SEALED}})
    ended = command.run()
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_finding_is_exit_1_and_is_told_with_its_place(command: Command) -> None:
    command.synthesized({"aws_sns_topic": {"one": PLAIN}})
    ended = command.run()
    assert ended.returncode == 1, ended.stderr
    found = {one["check"]: one for one in json.loads(ended.stdout)["failed"]}
    assert {CHECK, "CKV_AWS_26"} <= found.keys()
    assert found[CHECK]["resource"] == TOPIC
    assert found[CHECK]["file"] == "stacks/data/cdk.tf.json"


def test_sarif_holds_findings_and_says_why_one_was_accepted(command: Command) -> None:
    command.synthesized({"aws_sns_topic": {"one": PLAIN}})
    command.exceptions(*accepted())
    ended = command.run()
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (run,) = json.loads(command.sarif.read_text())["runs"]
    assert run["automationDetails"] == {"id": "payshift-policy/terraform_json"}
    reasons = {
        one["ruleId"]: [why["justification"] for why in one["suppressions"]]
        for one in run["results"]
    }
    why = "It is here to be found by a test."
    assert reasons == {CHECK: [why], "CKV_AWS_26": [why]}


def test_an_exception_that_expired_is_exit_1(command: Command) -> None:
    command.synthesized({"aws_sns_topic": {"one": PLAIN}})
    command.exceptions(*accepted(expires="2026-01-01"))
    ended = command.run()
    assert ended.returncode == 1
    (problem, _) = json.loads(ended.stdout)["problems"]
    assert "expired on 2026-01-01" in problem["message"]


def test_a_file_that_cannot_be_parsed_is_exit_3(command: Command) -> None:
    command.synthesized('{"terraform": {"required_version": "1.11"}, "resource": {}}')
    ended = command.run()
    assert ended.returncode == 3
    assert "nothing was judged" in ended.stderr


def test_a_directory_without_plans_is_wrong_input(command: Command) -> None:
    command.synthesized({"aws_sns_topic": {"one": SEALED}})
    (command.directory / "plans").mkdir()
    ended = command.run("--plans", "plans")
    assert ended.returncode == 2
    assert "there are no plans" in ended.stderr


@pytest.fixture
def planned(command: Command) -> Path:
    """A plan that Terraform made against the local cloud, of a topic with a value from outside."""
    code: dict[str, Any] = {
        "terraform": {
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}
        },
        "variable": {"key": {"type": "string"}},
        "provider": {"aws": {"region": "us-east-2"}},
        "resource": {"aws_sns_topic": {"one": {**SEALED, "kms_master_key_id": "${var.key}"}}},
    }
    work = command.directory / "work"
    work.mkdir()
    (work / "cdk.tf.json").write_text(json.dumps(code))
    command.synthesized(code["resource"])
    terraform = Terraform.find(build=command.directory / "terraform")
    settings = CloudSettings()
    with running("app.local.cloud", settings=settings, directory=command.directory) as cloud:
        variables = {
            **terraform.variables,
            "AWS_ENDPOINT_URL": str(cloud.said["endpoint"]),
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        for arguments in (
            ["init", "-input=false"],
            ["plan", "-input=false", "-var", "key=alias/aws/sns", "-out", "plan"],
        ):
            subprocess.run(
                [str(terraform.binary), *arguments], cwd=work, env=variables,
                capture_output=True, text=True, check=True,
            )  # fmt: skip
        shown = subprocess.run(
            [str(terraform.binary), "show", "-json", "plan"], cwd=work, env=variables,
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    plans = command.directory / "plans"
    plans.mkdir()
    (plans / "data.json").write_text(shown)
    return plans


def test_a_plan_shows_what_the_code_alone_does_not(command: Command, planned: Path) -> None:
    assert command.run().returncode == 0
    ended = command.run("--plans", str(planned))
    assert ended.returncode == 1, ended.stdout + ended.stderr
    found = [one for one in json.loads(ended.stdout)["failed"] if one["check"] == CHECK]
    assert [(one["resource"], one["file"]) for one in found] == [(TOPIC, "plans/data.json")]
    runs = json.loads(command.sarif.read_text())["runs"]
    assert {run["automationDetails"]["id"] for run in runs} == {
        "payshift-policy/terraform_json",
        "payshift-policy/terraform_plan",
    }
