"""Settings that moto forgets, and that every plan would set again."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.local.world import REGION, World

pytestmark = pytest.mark.slow

QUEUE = f"arn:aws:sqs:{REGION}:123456789012:failures"


def test_a_function_and_its_new_version_keep_their_dead_letter_queue(world: World) -> None:
    lambda_ = world.client("lambda")
    lambda_.update_function_configuration(
        FunctionName="custom", DeadLetterConfig={"TargetArn": QUEUE}
    )
    lambda_.update_function_configuration(FunctionName="custom", MemorySize=256)
    version = lambda_.publish_version(FunctionName="custom")["Version"]

    for qualifier in ("$LATEST", version):
        found = lambda_.get_function_configuration(FunctionName="custom", Qualifier=qualifier)
        assert found["DeadLetterConfig"] == {"TargetArn": QUEUE}
        assert found["MemorySize"] == 256


def test_an_alias_has_its_provisioned_copies_until_they_are_given_back(world: World) -> None:
    lambda_ = world.client("lambda")
    green = {"FunctionName": "echo", "Qualifier": "green"}
    lambda_.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=3, **green)

    found = lambda_.get_provisioned_concurrency_config(**green)
    assert found["Status"] == "READY"
    assert found["RequestedProvisionedConcurrentExecutions"] == 3
    with pytest.raises(ClientError, match="ProvisionedConcurrencyConfigNotFoundException"):
        lambda_.get_provisioned_concurrency_config(FunctionName="echo", Qualifier="blue")

    lambda_.delete_provisioned_concurrency_config(**green)
    with pytest.raises(ClientError, match="ProvisionedConcurrencyConfigNotFoundException"):
        lambda_.get_provisioned_concurrency_config(**green)


def test_a_version_has_the_copies_of_one_alias_and_not_of_a_second(world: World) -> None:
    # AWS: "Two aliases can't allocate provisioned concurrency for the same version."
    lambda_ = world.client("lambda")
    blue, green = ({"FunctionName": "echo", "Qualifier": one} for one in ("blue", "green"))
    lambda_.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=2, **blue)
    try:
        with pytest.raises(ClientError) as refusal:
            lambda_.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=2, **green)
        # The same one may have more.
        lambda_.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=3, **blue)
    finally:
        lambda_.delete_provisioned_concurrency_config(**blue)
    assert refusal.value.response["Error"]["Code"] == "ResourceConflictException"
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert "on an already Provisioned version" in str(refusal.value)

    lambda_.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=2, **green)
    lambda_.delete_provisioned_concurrency_config(**green)


def test_no_more_copies_are_provisioned_than_the_function_reserves(world: World) -> None:
    lambda_ = world.client("lambda")
    blue = {"FunctionName": "echo", "Qualifier": "blue"}
    lambda_.put_function_concurrency(FunctionName="echo", ReservedConcurrentExecutions=4)
    try:
        lambda_.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=4, **blue)
        with pytest.raises(ClientError, match="should not be greater than the reserved"):
            lambda_.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=5, **blue)
    finally:
        lambda_.delete_provisioned_concurrency_config(**blue)
        lambda_.delete_function_concurrency(FunctionName="echo")


def test_an_alias_that_does_not_exist_gets_no_copies(world: World) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        world.client("lambda").put_provisioned_concurrency_config(
            FunctionName="echo", Qualifier="red", ProvisionedConcurrentExecutions=2
        )


def test_a_bucket_tells_whether_its_events_go_to_eventbridge(world: World) -> None:
    s3 = world.client("s3")
    location = {"LocationConstraint": REGION}
    for bucket in ("quiet", "talkative"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=location)
    s3.put_bucket_notification_configuration(
        Bucket="talkative", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )

    talkative = s3.get_bucket_notification_configuration(Bucket="talkative")
    quiet = s3.get_bucket_notification_configuration(Bucket="quiet")
    assert talkative["EventBridgeConfiguration"] == {}
    assert "EventBridgeConfiguration" not in quiet


def test_a_rotation_can_be_planned_for_a_secret_without_a_value(world: World) -> None:
    secrets = world.client("secretsmanager")
    name = secrets.create_secret(Name="payshift/test/empty")["Name"]
    function = f"arn:aws:lambda:{REGION}:123456789012:function:custom"
    secrets.rotate_secret(
        SecretId=name,
        RotationLambdaARN=function,
        RotationRules={"AutomaticallyAfterDays": 30},
        RotateImmediately=False,
    )

    found = secrets.describe_secret(SecretId=name)
    assert found["RotationEnabled"] is True
    assert found["RotationRules"] == {"AutomaticallyAfterDays": 30}
    assert found["RotationLambdaARN"] == function
    assert not found.get("VersionIdsToStages")
