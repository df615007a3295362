"""The two workspaces of a comparison: a phase's own, and one joined from all that it needs."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from app.errors import LocalEnvironmentFailed
from app.local.rehearsal.waiting import wait_until
from app.pipeline import aws
from app.pipeline.evidence import new_run_id
from app.pipeline.foundation import foundation_needs
from app.pipeline.synthesis import synthesize
from app.pipeline.target import Target
from app.pipeline.terraform import JSON_FILE, LOCK_FILE, LOG_FILE, Terraform
from app.pipeline.workspaces import Workspaces
from bench.intervals import covered
from bench.joined_workspace import Document, joined_configuration, joined_state
from bench.local_target import phases_without_clients

PHASE, MONOLITH = "phase-10", "monolith"
WEIGHTS = (10, 11)
# The provider sleeps before it first asks how these are, whatever they do.
SLEPT_FOR = ("aws_cloudformation_stack", "aws_route53_record")
FOUNDATION_SECONDS = 1_800.0


@dataclass(frozen=True, slots=True)
class Step:
    """Seconds of a plan and its apply, and of both without what the provider sleeps for."""

    plan: float
    whole: float
    awake: float


@dataclass(frozen=True, slots=True)
class Sides:
    """Both working directories, and the configurations of both weights."""

    terraform: Terraform
    directories: Mapping[str, Path]
    configurations: Mapping[tuple[str, int], Document]

    @classmethod
    def build(cls, directory: Path) -> Sides:
        """Apply the phase, then the joined workspace, once each."""
        target = Target.named("local", build=directory / "build")
        terraform = Terraform.find(build=target.build / "terraform")
        sources = {weight: _synthesized(directory, weight=weight) for weight in WEIGHTS}
        workspaces = Workspaces(sources[WEIGHTS[0]], target.work)
        foundation = tuple(foundation_needs(workspaces))
        _wait_for_foundation(directory, foundation)

        phase = workspaces.prepare(PHASE)
        terraform.init(phase)
        terraform.apply(terraform.plan(phase, variables=_variables()))

        names = (*foundation, PHASE)
        states = {name: _state(target, name) for name in names}
        key = target.names.state_key(MONOLITH)
        configurations: dict[tuple[str, int], Document] = {}
        for weight, source in sources.items():
            documents = {name: _document(source, name) for name in names}
            configurations[PHASE, weight] = documents[PHASE]
            configurations[MONOLITH, weight] = joined_configuration(
                documents, states, like=PHASE, key=key
            )
        sides = cls(terraform, {PHASE: phase, MONOLITH: phase.parent / MONOLITH}, configurations)
        sides._join(states, lock=phase / LOCK_FILE)
        return sides

    def _join(self, states: Mapping[str, Document], *, lock: Path) -> None:
        directory = self.directories[MONOLITH]
        directory.mkdir()
        (directory / lock.name).write_bytes(lock.read_bytes())
        self._write(MONOLITH, weight=WEIGHTS[0])
        self.terraform.init(directory)
        file = directory / "joined.tfstate"
        file.write_text(json.dumps(joined_state(states, like=PHASE)), encoding="utf-8")
        self.terraform.push_state(directory, file)
        plan = self.terraform.plan(directory, variables=_variables())
        made_anew = [one for one, action in plan.summary.actions if action != "update"]
        if made_anew:
            raise RuntimeError(f"the joined workspace is not what was joined: {made_anew}")
        self.terraform.apply(plan)

    def step(self, side: str, *, weight: int) -> Step:
        """Plan and apply the phase with this weight."""
        directory = self.directories[side]
        self._write(side, weight=weight)
        log = directory / LOG_FILE
        known = log.stat().st_size
        begun = time.monotonic()
        plan = self.terraform.plan(directory, variables=_variables())
        planned = time.monotonic()
        self.terraform.apply(plan)
        ended = time.monotonic()
        said = log.read_bytes()[known:].decode()
        return Step(
            plan=planned - begun, whole=ended - begun, awake=ended - begun - covered(_slept(said))
        )

    def held(self, side: str) -> int:
        """Return how many resources a side holds."""
        found = self.configurations[side, WEIGHTS[0]]["resource"].values()
        return sum(len(kind) for kind in found)

    def _write(self, side: str, *, weight: int) -> None:
        text = json.dumps(self.configurations[side, weight])
        (self.directories[side] / JSON_FILE).write_text(text, encoding="utf-8")


def _synthesized(directory: Path, *, weight: int) -> Path:
    phases = phases_without_clients(directory / f"phases-{weight}")
    file = phases / f"{PHASE}.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["traffic"]["aws_percent"] = weight
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    output = directory / f"synthesized-{weight}"
    synthesize(environment="local", phases=phases, output=output)
    return output


def _document(source: Path, name: str) -> Document:
    text = (source / "stacks" / name / JSON_FILE).read_text(encoding="utf-8")
    document: Document = json.loads(text)
    return document


def _state(target: Target, name: str) -> Document:
    key = target.names.state_key(name)
    body = aws.s3(target.environment).get_object(Bucket=target.names.state_bucket, Key=key)["Body"]
    state: Document = json.loads(body.read())
    return state


def _wait_for_foundation(directory: Path, names: tuple[str, ...]) -> None:
    """Return when all that goes on being applied beside the local environment is done."""
    log = directory / "build" / "local" / "logs" / "foundation.log"

    def applied() -> bool:
        said = log.read_text(encoding="utf-8")
        return all(f"{name}: applied in" in said for name in names)

    wait_until(
        applied,
        seconds=FOUNDATION_SECONDS,
        otherwise=LocalEnvironmentFailed(
            f"the foundation is not applied after {FOUNDATION_SECONDS:g} s"
        ),
    )


def _variables() -> Mapping[str, str | int]:
    return {"run_id": new_run_id(), "from_phase": 10}


def _slept(log: str) -> list[tuple[float, float]]:
    """Return from when to when the provider was at work on a resource that it sleeps for."""
    begun: dict[str, float] = {}
    stretches = []
    for line in log.splitlines():
        message: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
        resource = message.get("hook", {}).get("resource", {})
        if resource.get("resource_type") not in SLEPT_FOR:
            continue
        moment = datetime.fromisoformat(message["@timestamp"]).timestamp()
        if message["type"] == "apply_start":
            begun[resource["addr"]] = moment
        elif message["type"] == "apply_complete":
            stretches.append((begun.pop(resource["addr"]), moment))
    return stretches
