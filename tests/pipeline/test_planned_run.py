"""A machine whose clock is behind names no run that a custom resource would take for an old one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.errors import WorldError
from app.pipeline import aws
from app.pipeline.apply import apply_phase
from app.pipeline.evidence import Evidence
from tests.pipeline.conftest import Client, Place, move

pytestmark = pytest.mark.slow

AHEAD, BEHIND = "20261123T223000.000000Z-aaaa", "20261123T221500.000000Z-bbbb"
AFTER = "20261123T223000.000001Z-bbbb"


@pytest.fixture
def with_stack(place: Place) -> str:
    """Give phase-10 a stack as phases have one, with the run as a parameter; return its name."""
    name = f"{place.target.environment.name}-before"
    template = {
        "Parameters": {"RunId": {"Type": "String"}},
        "Resources": {
            "Told": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "RunId"}}}
        },
    }
    stack = {
        "name": name,
        "template_body": json.dumps(template),
        "parameters": {"RunId": "${var.run_id}"},
    }
    file = place.source / "stacks" / "phase-10" / "cdk.tf.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["resource"]["aws_cloudformation_stack"] = {"before": stack}
    file.write_text(json.dumps(content), encoding="utf-8")
    return name


def named(monkeypatch: pytest.MonkeyPatch, run_id: str) -> None:
    """Let the clock of this machine give a run this name."""
    monkeypatch.setattr("app.pipeline.planned_run.new_run_id", lambda **_: run_id)


def told(client: Client, name: str) -> str:
    """Return the run that the stack knows."""
    (stack,) = client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    (parameter,) = stack["Parameters"]
    return str(parameter["ParameterValue"])


@pytest.mark.usefixtures("attached")
def test_a_run_sorts_after_the_last_one_of_its_stacks_even_without_evidence(
    place: Place, with_stack: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_evidence: Evidence) -> str:
        raise WorldError("the bucket is away")

    monkeypatch.setattr(Evidence, "newest", away)
    tools = place.tools(progress=place.said.append)
    named(monkeypatch, AHEAD)
    apply_phase(tools, move(place, 10, came=0))
    assert told(client, with_stack) == AHEAD
    named(monkeypatch, BEHIND)
    applied = apply_phase(tools, move(place, 10, came=50, reason="down"))
    assert (applied.run_id, told(client, with_stack)) == (AFTER, AFTER)
    assert (
        f"the clock of this machine is 900 s behind run {AHEAD}: "
        "the new run's id goes on from there"
    ) in place.said


@pytest.mark.usefixtures("attached")
def test_a_run_sorts_after_every_run_of_the_evidence(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = place.target.names.evidence_bucket
    # fact: the second is no name of a run
    for name in (AHEAD, "zzz"):
        aws.s3(place.target.environment).put_object(
            Bucket=bucket, Key=f"records/{name}/x.json", Body=b"{}"
        )
    named(monkeypatch, BEHIND)
    assert apply_phase(place.tools(), move(place, 0, came=-1)).run_id == AFTER


@pytest.mark.usefixtures("attached")
def test_the_stacks_of_a_workspace_tell_their_newest_run(
    place: Place, client: Client, tmp_path: Path
) -> None:
    stacks = place.tools().stacks
    assert stacks is not None
    write = (tmp_path / "cdk.tf.json").write_text
    write("{}", encoding="utf-8")
    assert stacks.newest_run(tmp_path) == ""
    made: dict[str, list[str]] = {
        "none": [],
        "other": ["Other"],
        "old": ["RunId"],
        "new": ["RunId"],
    }
    defined = {name: {"name": f"told-{name}"} for name in [*made, "absent"]}
    write(json.dumps({"resource": {"aws_cloudformation_stack": defined}}), encoding="utf-8")
    assert stacks.newest_run(tmp_path) == ""
    values = {"other": "z", "old": BEHIND, "new": AHEAD}
    for name, parameters in made.items():
        template: dict[str, Any] = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
        template["Parameters"] = {one: {"Type": "String"} for one in parameters}
        client("cloudformation").create_stack(
            StackName=f"told-{name}",
            TemplateBody=json.dumps(template),
            Parameters=[
                {"ParameterKey": one, "ParameterValue": values[name]} for one in parameters
            ],
        )
    assert stacks.newest_run(tmp_path) == AHEAD
