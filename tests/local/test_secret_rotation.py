"""Secrets Manager's rotations over the AWS API, with a real function behind them."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.world import World, make_function

pytestmark = [pytest.mark.slow, pytest.mark.long]

FUNCTION = "arn:aws:lambda:us-east-2:123456789012:function:rotation"
STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]
RULES = {"AutomaticallyAfterDays": 30}


class Secret:
    """A secret under test, and the calls of its function."""

    def __init__(self, world: World) -> None:
        self.directory = world.directory / f"rotation-{uuid.uuid4().hex[:8]}"
        self.directory.mkdir()
        self.calls_file = self.directory / "calls"
        self.client = world.client("secretsmanager")
        self.function = f"rotation-{uuid.uuid4().hex[:8]}"
        make_function(
            world.endpoint,
            name=self.function,
            handler="tests.local.handlers.rotation.handler",
            CALLS_FILE=str(self.calls_file),
        )
        self.name = f"secret-{uuid.uuid4().hex[:8]}"
        self.client.create_secret(Name=self.name)
        # The host follows the API's functions every second.
        time.sleep(2.5)

    def schedule(self, **changes: Any) -> dict[str, Any]:
        """Join it with its function, as Terraform does."""
        arn = FUNCTION.replace(":rotation", f":{self.function}")
        answer: dict[str, Any] = self.client.rotate_secret(
            SecretId=self.name, RotationLambdaARN=arn, RotationRules=RULES, **changes
        )
        return answer

    def calls(self) -> list[dict[str, Any]]:
        """Return the events that the function has received."""
        if not self.calls_file.exists():
            return []
        return [json.loads(line) for line in self.calls_file.read_text().splitlines()]

    def value(self) -> str:
        """Return what is read when no stage is named."""
        return str(self.client.get_secret_value(SecretId=self.name)["SecretString"])


@pytest.fixture
def secret(world: World) -> Secret:
    return Secret(world)


def wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_secret_without_a_value_gets_a_schedule(secret: Secret) -> None:
    secret.schedule()
    described = secret.client.describe_secret(SecretId=secret.name)
    assert described["RotationEnabled"] is True
    assert described["RotationRules"] == RULES
    assert described["RotationLambdaARN"].endswith(secret.function)
    assert secret.calls() == []


def test_a_schedule_that_may_wait_rotates_nothing(secret: Secret) -> None:
    secret.client.put_secret_value(SecretId=secret.name, SecretString="old")
    secret.schedule(RotateImmediately=False)
    assert secret.value() == "old"
    stages = secret.client.describe_secret(SecretId=secret.name)["VersionIdsToStages"]
    assert list(stages.values()) == [["AWSCURRENT"]]


def test_a_rotation_calls_the_function_four_times_with_the_same_token(secret: Secret) -> None:
    secret.client.put_secret_value(SecretId=secret.name, SecretString="old")
    version = secret.schedule()["VersionId"]
    wait(lambda: len(secret.calls()) == 4 and secret.value() == "new")
    calls = secret.calls()
    assert [call["Step"] for call in calls] == STEPS
    assert {call["ClientRequestToken"] for call in calls} == {version}
    assert calls[0]["SecretId"].startswith("arn:aws:secretsmanager:")


def test_a_step_that_breaks_ends_the_rotation_and_the_next_one_goes_on_with_it(
    secret: Secret,
) -> None:
    secret.client.put_secret_value(SecretId=secret.name, SecretString="old")
    broken = secret.directory / "broken"
    broken.touch()
    secret.schedule()
    wait(lambda: len(secret.calls()) == 2)
    assert secret.value() == "old"
    broken.unlink()
    with pytest.raises(ClientError, match="will be reattempted"):
        secret.client.rotate_secret(SecretId=secret.name)
    wait(lambda: len(secret.calls()) == 6 and secret.value() == "new")
    assert [call["Step"] for call in secret.calls()] == STEPS[:2] + STEPS
    assert len({call["ClientRequestToken"] for call in secret.calls()}) == 1


def test_a_value_that_is_put_after_a_rotation_makes_the_rotated_one_the_previous(
    secret: Secret,
) -> None:
    secret.client.put_secret_value(SecretId=secret.name, SecretString="old")
    secret.schedule()
    wait(lambda: len(secret.calls()) == 4 and secret.value() == "new")
    secret.client.put_secret_value(SecretId=secret.name, SecretString="newest")
    previous = secret.client.get_secret_value(SecretId=secret.name, VersionStage="AWSPREVIOUS")
    assert (previous["SecretString"], secret.value()) == ("new", "newest")


def test_the_value_of_a_version_never_changes(secret: Secret) -> None:
    token = str(uuid.uuid4())
    for _ in range(2):
        secret.client.put_secret_value(
            SecretId=secret.name, SecretString="first", ClientRequestToken=token
        )
    with pytest.raises(ClientError, match="ResourceExistsException"):
        secret.client.put_secret_value(
            SecretId=secret.name, SecretString="second", ClientRequestToken=token
        )
    assert secret.value() == "first"


def test_a_rotation_without_a_function_is_refused(secret: Secret) -> None:
    with pytest.raises(ClientError, match="No Lambda rotation function"):
        secret.client.rotate_secret(SecretId=secret.name, RotationRules=RULES)
