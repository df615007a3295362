"""Killed while a phase's stack is made for the first time: the next delivery takes it up."""

from __future__ import annotations

import json
import signal
import threading
import time
from typing import Any

import pytest

from app.errors import PayshiftError, Refused, StateLocked, WorldError
from app.pipeline import aws
from app.pipeline.apply import Tools
from app.pipeline.deliver import deliver
from app.pipeline.phase_stacks import PhaseStacks
from app.pipeline.terraform import Plan
from app.pipeline.terraform_messages import PlanSummary
from tests.pipeline.conftest import PERCENTS, Place, workspace, write_workspace
from tests.pipeline.journey import Journey
from tests.pipeline.test_review import merge, open_pull_request

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def write_phase(place: Place, number: int, *, timeout: str = "1m") -> str:
    """Write a phase whose gate is a stack, as the product's are; returns the stack's name."""
    value = {
        "phase": f"phase-{number}", "number": number, "aws_percent": PERCENTS[number],
        "features": {"writer": "legacy"},
    }  # fmt: skip
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": {"RunId": {"Type": "String"}},
        "Resources": {
            "Validation": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {
                    "Type": "String", "Value": {"Ref": "RunId"},
                    "Name": f"/gate/{place.target.environment.name}",
                },
            }
        },
    }  # fmt: skip
    name = place.target.names.phase_stack(f"phase-{number}", "before")
    stack = {
        "name": name, "template_body": json.dumps(template), "on_failure": "DELETE",
        "parameters": {"RunId": "${var.run_id}"}, "timeouts": {"create": timeout},
    }  # fmt: skip
    parameter = {
        "name": place.target.names.features_parameter, "type": "String", "overwrite": True,
        "insecure_value": json.dumps(value), "depends_on": ["aws_cloudformation_stack.before"],
    }  # fmt: skip
    content = workspace(
        place.target,
        f"phase-{number}",
        variable={"run_id": {"type": "string"}, "from_phase": {"type": "number"}},
        resource={
            "aws_cloudformation_stack": {"before": stack},
            "aws_ssm_parameter": {"features": parameter},
        },
    )
    tags = {"environment": place.target.names.environment, "workspace": f"phase-{number}"}
    content["provider"]["aws"][0]["default_tags"] = [{"tags": tags}]
    write_workspace(place.source, f"phase-{number}", content)
    return name


def kill_once_made(tools: Tools, cloudformation: Any, name: str) -> threading.Thread:
    """End every Terraform as soon as the stack is there, before it can store that it is."""

    def work() -> None:
        while not any(
            one["StackName"] == name for one in cloudformation.describe_stacks()["Stacks"]
        ):
            time.sleep(0.02)
        for process in tuple(tools.terraform._running):
            process.send_signal(signal.SIGKILL)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_a_delivery_that_was_killed_while_a_stack_was_made_is_taken_up_as_reviewed(
    place: Place, journey: Journey
) -> None:
    journey(place, 0)
    name = write_phase(place, 10)
    open_pull_request(place, 10)
    cloudformation = aws.client(place.target.environment, "cloudformation")
    tools = place.tools()
    killer = kill_once_made(tools, cloudformation, name)
    with pytest.raises(PayshiftError):
        deliver(tools, place.set_live(10), find_world=place.world)
    killer.join()
    (orphan,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    # Its lock is left too; somebody who knows that it is dead ends it.
    key, bucket = place.target.names.lock_key("phase-10"), place.target.names.state_bucket
    s3 = aws.s3(place.target.environment)
    s3.delete_object(Bucket=bucket, Key=key)
    merge(place, 10)  # fact: only what was reviewed, a create, is done
    assert place.world().number == 10
    (made,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    assert made["StackId"] != orphan["StackId"]
    assert f"{name}: left by a run that did not end, is deleted and made anew" in place.said
    assert place.evidence().unfinished() is None
    # What is in the state is changed, never deleted.
    deliver(place.tools(), place.set_live(10), find_world=place.world, again=True)
    (kept,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    assert kept["StackId"] == made["StackId"]


class Stack:
    """CloudFormation with one stack: its statuses one after the other, the last one for ever."""

    def __init__(self, *statuses: str, **tags: str) -> None:
        self.statuses, self.tags, self.deleted = list(statuses), tags, 0

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        """Tell the next status."""
        assert StackName
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        tags = [{"Key": key, "Value": value} for key, value in self.tags.items()]
        return {"Stacks": [{"StackStatus": status, "Tags": tags}]}

    def delete_stack(self, *, StackName: str) -> object:  # noqa: N803
        """Count it."""
        assert StackName
        self.deleted += 1
        return None


def make_way(place: Place, stack: Stack, action: str, *, timeout: str = "1m") -> list[str]:
    write_phase(place, 10, timeout=timeout)
    tools, said = place.tools(), list[str]()
    summary = PlanSummary(actions=(("aws_cloudformation_stack.before", action),))
    directory = tools.workspaces.prepare("phase-10")
    assert tools.locks is not None
    stacks = PhaseStacks(stack, tools.locks, poll_seconds=0)
    stacks.make_way(Plan(directory, directory / "plan", summary), progress=said.append)
    return said


def ours(place: Place, *statuses: str) -> Stack:
    return Stack(*statuses, environment=place.target.names.environment, workspace="phase-10")


def test_what_cloudformation_still_does_is_waited_for(place: Place) -> None:
    stack = ours(place, "UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE")
    (line,) = make_way(place, stack, "update")
    assert line.endswith("is UPDATE_IN_PROGRESS, waiting for its end, 1 minutes at most")
    assert stack.deleted == 0


def test_one_that_is_still_made_is_waited_for_and_then_deleted(place: Place) -> None:
    stack = ours(
        place, "CREATE_IN_PROGRESS", "CREATE_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"
    )
    make_way(place, stack, "create")
    assert stack.deleted == 1


def test_one_that_does_not_end_is_not_waited_for_for_ever(place: Place) -> None:
    with pytest.raises(WorldError, match="is CREATE_IN_PROGRESS for more than 0 minutes"):
        make_way(place, ours(place, "CREATE_IN_PROGRESS"), "create", timeout="0m")


def test_a_stack_of_somebody_else_is_left_alone(place: Place) -> None:
    stack = Stack("CREATE_COMPLETE", environment="another", workspace="phase-10")
    with pytest.raises(Refused, match="exists and is not ours"):
        make_way(place, stack, "create")
    assert stack.deleted == 0


def test_a_stack_whose_maker_is_alive_is_left_alone(place: Place) -> None:
    stack, names = ours(place, "CREATE_COMPLETE"), place.target.names
    aws.s3(place.target.environment).put_object(
        Bucket=names.state_bucket, Key=names.lock_key("phase-10"), Body=b'{"ID": "1"}'
    )
    with pytest.raises(StateLocked):
        make_way(place, stack, "create")
    assert stack.deleted == 0
