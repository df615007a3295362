"""The validator itself, in the local runtime: a gate that needs more than one invocation."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from app.migration.sites import Site
from tests.clusters import placed, two_sites
from tests.local.test_custom_resources import Stack
from tests.local.world import REGION, World, make_function

pytestmark = pytest.mark.slow

BUCKET = "payshift-gate-turns"
TOKEN = f"arn:aws:lambda:{REGION}:123456789012:function:gate"
# A quarter of it is for the answer, and as much for handing on.
TURN_SECONDS = 8
RUN = "20261124T000000.000000Z-aaaa"


@pytest.fixture(scope="module")
def gate(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with the validator, of whose invocations each is a short one."""
    world.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    # A gate leaves word of its run in both databases, and ends well only if none is newer there.
    with (
        placed(tmp_path_factory.mktemp("gate")) as place,
        two_sites(place, replicating=False) as clusters,
    ):
        for site, cluster in clusters.items():
            world.client("secretsmanager").create_secret(
                Name=f"gate/{site}", SecretString=cluster.settings_for().to_secret()
            )
        make_function(
            world.endpoint,
            name="gate",
            handler="app.lambdas.validator.handler.handler",
            timeout_seconds=TURN_SECONDS,
            PAYSHIFT_ENVIRONMENT="gate",
            PAYSHIFT_LEGACY_SECRET="gate/legacy",
            PAYSHIFT_AWS_SECRET="gate/aws",
            PAYSHIFT_TRUST_BUNDLE=str(clusters[Site.LEGACY].settings_for().sslrootcert),
            PAYSHIFT_EVIDENCE_BUCKET=BUCKET,
        )
        yield world


def kept(world: World) -> dict[str, Any]:
    """The records of the run, by name."""
    s3 = world.client("s3")
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"records/{RUN}/").get("Contents", [])
    return {
        one["Key"].rpartition("/")[2]: json.loads(
            s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read()
        )
        for one in found
    }


def test_a_gate_goes_on_in_further_invocations_until_it_is_clear(gate: World) -> None:
    properties = {
        "ServiceToken": TOKEN,
        "RunId": RUN,
        "FromPhase": 0,
        "Phase": 10,
        "PhaseName": "phase-10",
        "Stage": "after",
        "Limits": '{"minimum_requests": 3}',
        "DeadlineSeconds": 60,
        "LookSeconds": 0.5,
    }
    stack = Stack(gate)
    body = json.dumps(
        {"Resources": {"Gate": {"Type": "Custom::MigrationValidation", "Properties": properties}}}
    )
    stack.id = stack.client.create_stack(StackName=stack.name, TemplateBody=body)["StackId"]
    end = time.monotonic() + 60
    while "validation-10-after-turn-2.json" not in kept(gate):
        assert time.monotonic() < end, (kept(gate), stack.reasons())
        assert stack.describe()["StackStatus"] == "CREATE_IN_PROGRESS", stack.reasons()
        time.sleep(0.1)
    gate.client("cloudwatch").put_metric_data(
        Namespace="Payshift",
        MetricData=[
            {
                "MetricName": "Requests",
                "Dimensions": [
                    {"Name": "Environment", "Value": "gate"},
                    {"Name": "Site", "Value": "aws"},
                ],
                "Timestamp": datetime.now(UTC),
                "Value": 3,
            }
        ],
    )
    assert stack.end() == "CREATE_COMPLETE", stack.reasons()
    record = kept(gate)["validation-10-after.json"]
    assert (record["outcome"], record["checks"][0]["figure"]) == ("passed", 3)
    # fact: every turn but the first was claimed once
    turns = [name for name in kept(gate) if "-turn-" in name]
    assert record["turns"] == len(turns) + 1 >= 2
