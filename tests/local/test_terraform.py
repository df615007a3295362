"""The real Terraform provider against the local cloud."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from app.errors import TerraformFailed
from app.pipeline.terraform import JSON_FILE, Terraform
from tests.local.test_custom_resources import TOKEN
from tests.local.world import REGION, ZONE, World

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1_200)]


def program(world: World) -> dict[str, Any]:
    """Two stacks with a pair of weighted records between them: the shape of a phase."""
    return {
        "terraform": {
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}
        },
        "variable": {
            "run_id": {"type": "string"},
            "behaviour": {"type": "string", "default": "succeed"},
            "percent": {"type": "number", "default": 0},
        },
        "provider": {
            "aws": {
                "region": REGION,
                "access_key": "local",
                "secret_key": "local",
                "skip_credentials_validation": True,
                "skip_requesting_account_id": True,
                "skip_metadata_api_check": True,
                "skip_region_validation": True,
                "endpoints": [{"cloudformation": world.endpoint, "route53": world.endpoint}],
            }
        },
        "resource": {
            "aws_cloudformation_stack": {
                "before": stack(name="phase-before"),
                "after": stack(
                    name="phase-after",
                    depends_on=["aws_route53_record.legacy", "aws_route53_record.aws"],
                ),
            },
            "aws_route53_record": {
                "legacy": record(world, identifier="legacy", weight="${100 - var.percent}"),
                "aws": record(world, identifier="aws", weight="${var.percent}"),
            },
        },
    }


def stack(*, name: str, depends_on: list[str] | None = None) -> dict[str, Any]:
    """A stack with one custom resource that does what the variables say."""
    properties = {
        "ServiceToken": TOKEN,
        "ServiceTimeout": 60,
        "RunId": "${var.run_id}",
        "Behaviour": "${var.behaviour}" if name == "phase-before" else "succeed",
        "Reason": "replication lag is 42 s, the limit is 5 s",
    }
    body = {"Resources": {"Gate": {"Type": "Custom::Gate", "Properties": properties}}}
    return {"name": name, "template_body": json.dumps(body), "depends_on": depends_on or []}


def record(world: World, *, identifier: str, weight: str) -> dict[str, Any]:
    """One of two weighted records, after the first stack."""
    return {
        "zone_id": world.zone_id,
        "name": f"terraform.{ZONE}",
        "type": "CNAME",
        "ttl": 2,
        "records": [f"{identifier}.{ZONE}"],
        "set_identifier": identifier,
        "weighted_routing_policy": {"weight": weight},
        "allow_overwrite": True,
        "depends_on": ["aws_cloudformation_stack.before"],
    }


class Workspace:
    """A directory with the program, and how long each step took."""

    def __init__(self, *, world: World, directory: Path) -> None:
        self.directory = directory
        self.terraform = Terraform.find(build=directory)
        (directory / JSON_FILE).write_text(json.dumps(program(world)), encoding="utf-8")
        self.seconds: dict[str, float] = {}
        self._timed("init", lambda: self.terraform.init(directory))

    def apply(self, name: str, **variables: str | int) -> None:
        """Plan and apply."""
        plan = self._timed(
            f"{name}: plan", lambda: self.terraform.plan(self.directory, variables=variables)
        )
        self._timed(f"{name}: apply", lambda: self.terraform.apply(plan))

    def _timed(self, name: str, work: Any) -> Any:
        start = time.monotonic()
        try:
            return work()
        finally:
            self.seconds[name] = round(time.monotonic() - start, 1)


def test_a_phase_applies_fails_with_its_reason_and_applies_again(
    world: World, tmp_path: Path
) -> None:
    workspace = Workspace(world=world, directory=tmp_path)
    cloudformation = world.client("cloudformation")

    def status() -> str:
        return str(
            cloudformation.describe_stacks(StackName="phase-before")["Stacks"][0]["StackStatus"]
        )

    workspace.apply("create", run_id="1", percent=10)
    assert status() == "CREATE_COMPLETE"

    workspace.apply("update", run_id="2", percent=50)
    assert status() == "UPDATE_COMPLETE"

    with pytest.raises(TerraformFailed, match=r"replication lag is 42 s, the limit is 5 s"):
        workspace.apply("failing", run_id="3", percent=100, behaviour="fail")
    assert status() == "UPDATE_ROLLBACK_COMPLETE"
    assert _weights(world) == {"legacy": 50, "aws": 50}

    workspace.apply("again", run_id="4", percent=100)
    assert status() == "UPDATE_COMPLETE"
    assert _weights(world) == {"legacy": 0, "aws": 100}
    print(workspace.seconds)


def _weights(world: World) -> dict[str, int]:
    found = world.client("route53").list_resource_record_sets(HostedZoneId=world.zone_id)
    return {
        entry["SetIdentifier"]: entry["Weight"]
        for entry in found["ResourceRecordSets"]
        if entry["Name"] == f"terraform.{ZONE}."
    }
