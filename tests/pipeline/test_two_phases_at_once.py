"""Two deliveries at once, each to a phase of its own: the newer one decides where production is."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.errors import GateFailed, StateLocked, WorldError
from app.pipeline.deliver import Delivery, deliver
from app.pipeline.evidence import STARTED, Begun
from app.pipeline.order import give_way
from app.pipeline.target import Target
from app.pipeline.workspaces import Workspaces
from tests.pipeline.conftest import PERCENTS, Place, move, workspace, write_workspace
from tests.pipeline.journey import Journey

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass
class Gate:
    """The gate before of a phase: it has begun once `begun` is there, and waits for `opened`."""

    begun: Path
    opened: Path

    def write(self, place: Place, number: int) -> None:
        """Write a phase as the product's are: the gate first, then what clients see."""
        wait = f"touch {self.begun}; while [ ! -e {self.opened} ]; do sleep 0.1; done"
        value = {
            "phase": f"phase-{number}", "number": number, "aws_percent": PERCENTS[number],
            "features": {"writer": "legacy"},
        }  # fmt: skip
        parameter = {
            "name": place.target.names.features_parameter, "type": "String", "overwrite": True,
            "value": json.dumps(value), "depends_on": ["terraform_data.before"],
        }  # fmt: skip
        gate = {
            "triggers_replace": "${var.run_id}", "provisioner": [{"local-exec": {"command": wait}}]
        }  # fmt: skip
        content = workspace(
            place.target,
            f"phase-{number}",
            variable={"run_id": {"type": "string"}, "from_phase": {"type": "number"}},
            resource={
                "terraform_data": {"before": gate},
                "aws_ssm_parameter": {"features": parameter},
            },
        )
        write_workspace(place.source, f"phase-{number}", content)


@dataclass
class Workflow:
    """A delivery to phase-10 in the middle of its gate before, and what a laptop may deliver."""

    place: Place
    gate: Gate
    running: Future[Delivery]
    said: list[str]

    def laptop(self, number: int) -> Delivery:
        """Go past Git from another directory."""
        place = self.place
        work = Target(place.target.environment, place.target.build / "laptop").work
        tools = replace(
            place.tools(progress=self.said.append),
            workspaces=Workspaces(place.source, work),
            break_glass="stop it",
        )
        return deliver(tools, place.set_live(number), find_world=place.world)

    def open_the_gate(self) -> Delivery:
        """Let the workflow go on, and return what it ends with."""
        self.gate.opened.touch()
        return self.running.result()


@pytest.fixture
def workflow(place: Place, journey: Journey, tmp_path: Path) -> Iterator[Workflow]:
    journey(place, 0)
    gate = Gate(tmp_path / "begun", tmp_path / "opened")
    gate.write(place, 10)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(deliver, place.tools(), place.set_live(10), find_world=place.world)
        try:
            while not gate.begun.exists() and not running.done():
                time.sleep(0.1)
            yield Workflow(place, gate, running, [])
        finally:
            gate.opened.touch()


def test_a_run_that_a_rollback_overtook_leaves_production_to_it(workflow: Workflow) -> None:
    down = workflow.laptop(0)
    assert [one.move.goes_down for one in down.applied] == [True]
    (named,) = [line for line in workflow.said if "cancel that run" in line]
    assert named.startswith("phase-10 is being changed by ")
    with pytest.raises(GateFailed) as refusal:
        workflow.open_the_gate()
    newer = down.applied[0].run_id
    assert refusal.value.message.startswith(f"phase-10 was overtaken by run {newer} of ")
    assert refusal.value.message.endswith(", production is in phase-0")
    assert (refusal.value.exit_code, refusal.value.back) == (1, "phase-0")
    assert workflow.place.world().number == 0
    assert workflow.place.evidence().unfinished() is None


def test_nobody_goes_up_while_another_phase_is_being_applied(workflow: Workflow) -> None:
    workflow.place.write_phase(50)
    begun = len(workflow.place.records(STARTED))
    place, number = workflow.place, 50
    (place.phases / "phase-10.yaml").unlink()  # fact: a step from phase-0 to phase-50
    with pytest.raises(StateLocked, match="phase-10 is being changed by "):
        workflow.laptop(number)
    assert len(place.records(STARTED)) == begun
    assert workflow.open_the_gate().after.number == 10


def test_a_newer_run_that_goes_higher_is_named_and_nothing_is_applied(place: Place) -> None:
    down = move(place, 0, came=10, reason="down")
    newer = Begun("20261123T22", 50, "ada@laptop")
    with pytest.raises(WorldError) as failure:
        give_way(place.tools(), place.set_live(0), down, newer)
    assert failure.value.message == (
        "phase-0 was overtaken by run 20261123T22 of ada@laptop, which goes to phase-50"
    )
    assert place.records(STARTED) == []


def test_the_bucket_tells_which_run_began_last(place: Place) -> None:
    evidence = place.evidence()
    evidence.write("b", STARTED, {"phase": 10, "from_phase": 0, "who": "ci"}, required=True)
    assert evidence.begun_after("b") is None
    time.sleep(1.1)  # S3 tells seconds
    # fact: a laptop whose clock is behind begins later with an id that sorts before
    evidence.write("a", STARTED, {"phase": 0, "from_phase": 10, "who": "ada"}, required=True)
    evidence.write("c", STARTED, {"workspace": "network"}, required=True)
    newer = evidence.begun_after("b")
    assert newer is not None
    assert (newer.run_id, newer.number, newer.who) == ("a", 0, "ada")
    assert evidence.begun_after("a") is None
    assert evidence.begun_after("unknown") is None
