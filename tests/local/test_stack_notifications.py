"""CloudFormation tells a topic what happens to a stack, as a phase's stacks do."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.test_custom_resources import Stack, template
from tests.local.world import World

pytestmark = pytest.mark.slow


class Topic:
    """A topic, and a queue that hears it."""

    def __init__(self, world: World) -> None:
        self._sqs, sns = world.client("sqs"), world.client("sns")
        name = f"changes-{uuid.uuid4().hex[:8]}"
        self.arn = str(sns.create_topic(Name=name)["TopicArn"])
        self._queue = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=self.arn, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])

    def heard(self) -> list[tuple[str, str]]:
        """Logical id and status of every event so far, in order."""
        found = []
        while messages := self._sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=10
        ).get("Messages"):
            for message in messages:
                text = json.loads(message["Body"])["Message"]
                facts = dict(re.findall(r"^(\w+)='(.*)'$", text, re.M))
                found.append((facts["LogicalResourceId"], facts["ResourceStatus"]))
                self._sqs.delete_message(
                    QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"]
                )
        return found


@pytest.fixture
def topic(world: World) -> Topic:
    return Topic(world)


@pytest.fixture
def stack(world: World) -> Iterator[Stack]:
    stack = Stack(world)
    yield stack
    if stack.id:
        stack.delete()


def create(stack: Stack, **given: Any) -> str:
    body = template(Gate={"RunId": "1"})
    made = stack.client.create_stack(StackName=stack.name, TemplateBody=body, **given)
    stack.id = made["StackId"]
    return stack.end()


def test_every_event_of_a_stack_and_of_its_custom_resource_is_told(
    stack: Stack, topic: Topic
) -> None:
    assert create(stack, NotificationARNs=[topic.arn]) == "CREATE_COMPLETE"
    assert topic.heard() == [
        (stack.name, "CREATE_IN_PROGRESS"),
        ("Gate", "CREATE_IN_PROGRESS"),
        ("Gate", "CREATE_COMPLETE"),
        (stack.name, "CREATE_COMPLETE"),
    ]
    assert stack.describe()["NotificationARNs"] == [topic.arn]


def test_a_stack_made_without_a_topic_gets_one_by_an_update(stack: Stack, topic: Topic) -> None:
    create(stack)
    body = template(Gate={"RunId": "2"})
    stack.client.update_stack(StackName=stack.name, TemplateBody=body, NotificationARNs=[topic.arn])
    assert stack.end() == "UPDATE_COMPLETE"
    assert (stack.name, "UPDATE_COMPLETE") in topic.heard()
    assert stack.describe()["NotificationARNs"] == [topic.arn]


def test_a_topic_that_does_not_exist_is_refused_before_anything_is_made(
    stack: Stack, world: World
) -> None:
    nowhere = "arn:aws:sns:us-east-2:123456789012:nowhere"
    with pytest.raises(ClientError, match="nowhere does not exist"):
        create(stack, NotificationARNs=[nowhere])
    names = [one["StackName"] for one in world.client("cloudformation").describe_stacks()["Stacks"]]
    assert stack.name not in names
