"""CloudFormation's custom resources, over the AWS API, with a real function behind them."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.local.world import World

pytestmark = pytest.mark.slow

TOKEN = "arn:aws:lambda:us-east-2:123456789012:function:custom"


def template(**resources: dict[str, Any]) -> str:
    """A template; each keyword is a custom resource with its properties (DependsOn apart)."""
    document: dict[str, Any] = {"Resources": {}, "Outputs": {}}
    for name, properties in resources.items():
        given = dict(properties)
        resource: dict[str, Any] = {"Type": "Custom::Test"}
        if "DependsOn" in given:
            resource["DependsOn"] = given.pop("DependsOn")
        resource["Properties"] = {"ServiceToken": TOKEN, **given}
        document["Resources"][name] = resource
        document["Outputs"][name] = {"Value": {"Fn::GetAtt": [name, "Echo"]}}
    return json.dumps(document)


class Stack:
    """A stack under test."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.name = f"stack-{uuid.uuid4().hex[:8]}"
        self.client = world.client("cloudformation")
        self.id = ""

    def create(self, body: str) -> str:
        """Create, and return the status in the end."""
        self.id = self.client.create_stack(StackName=self.name, TemplateBody=body)["StackId"]
        return self.end()

    def update(self, body: str) -> str:
        """Update, and return the status in the end."""
        self.client.update_stack(StackName=self.name, TemplateBody=body)
        return self.end()

    def delete(self) -> str:
        """Delete, and return the status in the end."""
        self.client.delete_stack(StackName=self.name)
        return self.end()

    def describe(self) -> dict[str, Any]:
        """Describe the stack, a deleted one too."""
        stack: dict[str, Any] = self.client.describe_stacks(StackName=self.id)["Stacks"][0]
        return stack

    def end(self) -> str:
        """Wait until nothing is in progress."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            status = str(self.describe()["StackStatus"])
            if not status.endswith("IN_PROGRESS"):
                return status
            time.sleep(0.02)
        raise AssertionError("the stack never ended")

    def reasons(self) -> str:
        """Return the reasons of all events."""
        events = self.client.describe_stack_events(StackName=self.id)["StackEvents"]
        return "\n".join(e.get("ResourceStatusReason", "") for e in events)

    def calls(self) -> list[tuple[str, str, str]]:
        """Request type, logical id and run id of every call for this stack."""
        return [
            (
                call["RequestType"],
                call["LogicalResourceId"],
                call["ResourceProperties"].get("RunId", ""),
            )
            for call in self.world.calls()
            if call["StackId"] == self.id
        ]


@pytest.fixture
def stack(world: World) -> Stack:
    return Stack(world)


def test_create_update_and_delete_call_the_function_in_order(stack: Stack) -> None:
    def body(run: str) -> str:
        return template(Second={"RunId": run, "DependsOn": "First"}, First={"RunId": run})

    assert stack.create(body("1")) == "CREATE_COMPLETE"
    assert stack.update(body("2")) == "UPDATE_COMPLETE"
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stack.describe()["Outputs"]}
    assert stack.delete() == "DELETE_COMPLETE"

    assert outputs == {"First": "2", "Second": "2"}
    assert stack.calls() == [
        ("Create", "First", "1"),
        ("Create", "Second", "1"),
        ("Update", "First", "2"),
        ("Update", "Second", "2"),
        ("Delete", "Second", "2"),
        ("Delete", "First", "2"),
    ]


def test_a_failed_update_goes_back_with_the_old_properties(stack: Stack) -> None:
    stack.create(template(First={"RunId": "1"}, Last={"RunId": "1", "DependsOn": "First"}))

    failing = {"RunId": "2", "Behaviour": "fail", "Reason": "lag is 42 s", "DependsOn": "First"}
    status = stack.update(template(First={"RunId": "2"}, Last=failing))

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert "lag is 42 s" in stack.reasons()
    assert stack.calls()[2:] == [
        ("Update", "First", "2"),
        ("Update", "Last", "2"),
        ("Update", "Last", "1"),
        ("Update", "First", "1"),
    ]
    assert stack.update(template(First={"RunId": "3"}, Last={"RunId": "3"})) == "UPDATE_COMPLETE"


def test_a_failed_create_is_deleted_again(stack: Stack) -> None:
    failing = {"RunId": "1", "Behaviour": "fail", "Reason": "no", "DependsOn": "First"}

    status = stack.create(template(First={"RunId": "1"}, Last=failing))

    assert status == "ROLLBACK_COMPLETE"
    assert [call[:2] for call in stack.calls()] == [
        ("Create", "First"),
        ("Create", "Last"),
        ("Delete", "Last"),
        ("Delete", "First"),
    ]


def test_a_resource_that_did_not_change_is_not_called(stack: Stack) -> None:
    stack.create(template(Kept={"RunId": "1"}, Changed={"RunId": "1"}))

    stack.update(template(Kept={"RunId": "1"}, Changed={"RunId": "2"}))

    assert stack.calls()[2:] == [("Update", "Changed", "2")]


def test_an_update_without_a_change_is_refused(stack: Stack) -> None:
    stack.create(template(Only={"RunId": "1"}))

    with pytest.raises(ClientError, match=r"No updates are to be performed\."):
        stack.update(template(Only={"RunId": "1"}))


def test_a_function_that_never_answers_fails_after_its_service_timeout(stack: Stack) -> None:
    silent = {"RunId": "1", "Behaviour": "silent", "ServiceTimeout": 1}

    assert stack.create(template(Silent=silent)) == "ROLLBACK_COMPLETE"
    assert "did not receive a response from your Custom Resource" in stack.reasons()


def test_a_function_that_breaks_is_called_three_times_as_lambda_does(stack: Stack) -> None:
    broken = {"RunId": "1", "Behaviour": "raise"}

    assert stack.create(template(Broken=broken)) == "ROLLBACK_COMPLETE"
    assert [call[0] for call in stack.calls()] == ["Create", "Create", "Create", "Delete"]
    assert "the function broke" in stack.reasons()


def test_another_physical_id_is_a_replacement_and_the_old_one_is_deleted(
    stack: Stack, world: World
) -> None:
    stack.create(template(Only={"RunId": "1", "PhysicalId": "one"}))
    stack.update(template(Only={"RunId": "2", "PhysicalId": "two"}))

    calls = [call for call in world.calls() if call["StackId"] == stack.id]
    assert [(c["RequestType"], c.get("PhysicalResourceId")) for c in calls] == [
        ("Create", None),
        ("Update", "one"),
        ("Delete", "one"),
    ]


def test_properties_arrive_as_text(stack: Stack, world: World) -> None:
    stack.create(template(Only={"RunId": "1", "Phase": 10, "Deep": {"On": True, "Rate": 0.5}}))

    call = next(call for call in world.calls() if call["StackId"] == stack.id)
    assert call["ResourceProperties"]["Phase"] == "10"
    assert call["ResourceProperties"]["Deep"] == {"On": "true", "Rate": "0.5"}


def test_an_answer_nobody_waits_for_is_refused(world: World, stack: Stack) -> None:
    stack.create(template(Only={"RunId": "1"}))
    url = next(c["ResponseURL"] for c in world.calls() if c["StackId"] == stack.id)

    late = requests.put(url, json={"Status": "SUCCESS"}, timeout=30)

    assert late.status_code == 403
