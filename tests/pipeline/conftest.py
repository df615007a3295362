"""Real Terraform and AWS provider, S3 and SSM over HTTP, and workspaces of a few lines."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from app.config.loading import PhaseSet, load_environment, load_phases
from app.config.phases import NO_IMAGE
from app.pipeline import aws
from app.pipeline.apply import Tools
from app.pipeline.evidence import Evidence
from app.pipeline.moves import Move, Reason
from app.pipeline.phase_stacks import PhaseStacks
from app.pipeline.report import Progress, silent
from app.pipeline.state.locks import Locks
from app.pipeline.target import Target
from app.pipeline.terraform import Terraform
from app.pipeline.workspaces import Workspaces
from app.pipeline.world import World, find_world
from tests.aws_api import variables_for
from tests.one_provider import VARIABLE, one_provider
from tests.pipeline.journey import Journey

_NUMBERS = itertools.count(1)
Client = Callable[[str], Any]
PERCENTS = {0: 0, 10: 10, 50: 50, 100: 100}


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws_variables(aws_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    variables = variables_for(aws_endpoint)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return variables


@pytest.fixture(scope="session")
def _attached(aws_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    variables = variables_for(aws_endpoint)
    with one_provider(variables, directory=tmp_path_factory.mktemp("provider")) as address:
        yield address


@pytest.fixture
def attached(_attached: str, aws_variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Let every Terraform of a test speak to one process of the provider, which runs already."""
    assert aws_variables
    monkeypatch.setenv(VARIABLE, _attached)
    return _attached


@pytest.fixture
def unattached(attached: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every run start its own provider after all: where several run side by side."""
    assert attached
    monkeypatch.delenv(VARIABLE)


@dataclass
class Place:
    """A fresh environment with its buckets, and hand-written workspaces."""

    target: Target
    phases: Path
    source: Path
    said: list[str] = field(default_factory=list)

    def write_phase(self, number: int, *, refuses: str = "", runs: str = "") -> None:
        """Write the workspace of a phase; `refuses` is what its gate says, `runs` a program."""
        write_workspace(
            self.source, f"phase-{number}", _phase(self.target, number, refuses=refuses, runs=runs)
        )

    def set_live(self, number: int) -> PhaseSet:
        """Move `live`, and read the phases."""
        (self.phases / "live.yaml").write_text(f"live: phase-{number}\n", encoding="utf-8")
        return load_phases(self.phases)

    def world(self) -> World:
        """Look where production is."""
        return find_world(aws.ssm(self.target.environment), names=self.target.names)

    def evidence(self) -> Evidence:
        """Return the evidence of this environment."""
        return Evidence(
            aws.s3(self.target.environment),
            self.target.names.evidence_bucket,
            self.target.build / "deliver" / "records",
        )

    def tools(self, *, progress: Progress = silent, lock_timeout_seconds: int = 20) -> Tools:
        """Return what the delivery functions take."""
        locks = Locks(aws.s3(self.target.environment), self.target.names)
        return Tools(
            terraform=Terraform.find(
                build=self.target.build / "terraform", lock_timeout_seconds=lock_timeout_seconds
            ),
            workspaces=Workspaces(self.source, self.target.work),
            evidence=self.evidence(),
            commit="c0ffee",
            progress=progress,
            locks=locks,
            stacks=PhaseStacks(
                aws.client(self.target.environment, "cloudformation"), locks, poll_seconds=0.1
            ),
        )

    def records(self, kind: str) -> list[dict[str, Any]]:
        """Read the evidence of all runs from the bucket, oldest first."""
        s3, bucket = aws.s3(self.target.environment), self.target.names.evidence_bucket
        keys = [
            item["Key"]
            for item in s3.list_objects_v2(Bucket=bucket, Prefix="records/").get("Contents", [])
            if item["Key"].endswith(f"/{kind}.json")
        ]
        return [json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]


@pytest.fixture
def place(tmp_path: Path, aws_variables: dict[str, str]) -> Place:
    assert aws_variables
    return _new_place(tmp_path)


@pytest.fixture(scope="session")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Journey:
    """Let production be in a phase: `journey(place, 0, 10)` leaves what two deliveries leave."""
    return Journey(lambda: _new_place(tmp_path_factory.mktemp("journey")))


def _new_place(directory: Path) -> Place:
    settings = load_environment("local")
    environment = settings.model_copy(update={"name": f"test{next(_NUMBERS)}"})
    target = Target(environment, directory / "build")
    make_buckets(target)
    found = Place(target, write_phases(directory / "phases"), directory / "bundle")
    for number in PERCENTS:
        found.write_phase(number)
    return found


def make_buckets(target: Target) -> None:
    """Make the buckets of an environment, empty."""
    for bucket in (target.names.state_bucket, target.names.evidence_bucket):
        make_bucket(aws.s3(target.environment), bucket)


def make_bucket(s3: Any, name: str) -> None:
    """Make a bucket where the target lies."""
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-east-2"})


def move(place: Place, number: int, *, came: int, reason: Reason = "up") -> Move:
    """A step into a phase, from where production `came`."""
    return Move(load_phases(place.phases).numbered(number), came, reason)


@pytest.fixture
def client(place: Place) -> Client:
    """Give a client of an AWS service by its name."""
    return partial(aws.client, place.target.environment)


def write_phases(directory: Path) -> Path:
    """Write the four phases of the story, live at phase 0."""
    directory.mkdir(parents=True)
    for number, percent in PERCENTS.items():
        writer = "aws" if number == 100 else "legacy"
        (directory / f"phase-{number}.yaml").write_text(
            f"phase: {number}\ntitle: Number {number}\ntraffic:\n  aws_percent: {percent}\n"
            f"features:\n  writer: {writer}\n"
            f"  reverse_replication: {'true' if writer == 'aws' else 'false'}\n",
            encoding="utf-8",
        )
    (directory / "live.yaml").write_text("live: phase-0\n", encoding="utf-8")
    (directory / "release.yaml").write_text(
        f"images: {{blue: '{NO_IMAGE}', green: '{NO_IMAGE}', engine: '{NO_IMAGE}'}}\n"
        "weights: {blue: 100, green: 0}\n",
        encoding="utf-8",
    )
    return directory


def write_workspace(source: Path, name: str, content: dict[str, Any]) -> Path:
    directory = source / "stacks" / name
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "cdk.tf.json").write_text(json.dumps(content), encoding="utf-8")
    return directory


def workspace(target: Target, name: str, **parts: Any) -> dict[str, Any]:
    """Build the JSON that every workspace starts with: state in S3, the pinned provider."""
    return {
        "terraform": {
            "required_providers": {"aws": {"source": "aws", "version": "= 5.100.0"}},
            "backend": {
                "s3": {
                    "bucket": target.names.state_bucket,
                    "key": target.names.state_key(name),
                    "region": "us-east-2",
                    "use_lockfile": True,
                    "use_path_style": True,
                }
            },
        },
        "provider": {"aws": [{"region": "us-east-2"}]},
        **parts,
    }


def _phase(target: Target, number: int, *, refuses: str, runs: str) -> dict[str, Any]:
    writer = "aws" if number == 100 else "legacy"
    value = {
        "phase": f"phase-{number}",
        "number": number,
        "aws_percent": PERCENTS[number],
        "features": {"writer": writer},
    }
    gate: dict[str, Any] = {
        "input": {"run": "${var.run_id}", "answer": "no" if refuses else "yes"},
        "depends_on": ["aws_ssm_parameter.features"],
        "lifecycle": {
            "postcondition": [
                {
                    "condition": f'${{self.output.answer == "yes" || var.from_phase > {number}}}',
                    "error_message": refuses or "never said",
                }
            ]
        },
    }
    if runs:
        gate["triggers_replace"] = "${var.run_id}"
        gate["provisioner"] = [{"local-exec": {"command": runs}}]
    return workspace(
        target,
        f"phase-{number}",
        variable={"run_id": {"type": "string"}, "from_phase": {"type": "number"}},
        resource={
            "aws_ssm_parameter": {
                "features": {
                    "name": target.names.features_parameter,
                    "type": "String",
                    "value": json.dumps(value),
                    "overwrite": True,
                }
            },
            "terraform_data": {"gate": gate},
        },
    )
