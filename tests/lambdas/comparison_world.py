"""A small cloud in which the synthesized state machine reads parts of two databases."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3

from app.config.names import Names
from app.local.postgres import roles
from app.migration.sites import Site
from app.migration.verify.comparison import compare
from app.migration.verify.options import Options
from app.migration.verify.parts.place import sums_prefix
from app.migration.verify.parts.scan import PartsScan
from app.migration.verify.report import Report
from app.migration.verify.sites import site_sources
from app.pipeline.compared_places import Places
from app.pipeline.remote_parts import RemoteParts
from app.pipeline.synthesis import synthesize
from app.pipeline.target import Target
from app.pipeline.terraform import JSON_FILE, Terraform
from tests.lambdas.conftest import Pair
from tests.local.world import push_image
from tests.synth.workspaces import PHASES

PAGES = 4
_REFERENCE = re.compile(r"\$\{(aws_\w+\.\w+)\.")


@dataclass(frozen=True)
class World:
    """The applied machine, and the ways to it."""

    target: Target
    pair: Pair
    said: list[str] = field(default_factory=list)

    @property
    def names(self) -> Names:
        """Names of the environment."""
        return self.target.names

    def carrier(self, **changes: Any) -> RemoteParts:
        """What has parts read by three functions at once."""
        made = RemoteParts(
            s3=boto3.client("s3"),
            states=boto3.client("stepfunctions"),
            bucket=self.names.evidence_bucket,
            machine_arn=self.names.comparison_machine_arn,
            workers=3,
            say=self.said.append,
            poll_seconds=0.1,
        )
        return replace(made, **changes)

    def places(self) -> Places:
        """Both databases as a command finds them."""
        databases = {site: self.pair.settings(site, roles.ENGINE) for site in Site}
        return Places(site_sources(databases), databases, self.target)

    def compare(self, carrier: RemoteParts | None, name: str = "test") -> Report:
        """Compare while nobody writes; by functions when there is a carrier."""
        options = Options(schemas=("payments",), pages_a_chunk=PAGES, still=True)
        sources = self.places().sources
        if carrier is None:
            return compare(sources, options=options)
        reading = PartsScan(carrier, comparison=name, pages_a_chunk=PAGES)
        return compare(sources, options=options, reading=reading)

    def execution(self, name: str) -> dict[str, Any]:
        """What AWS says of an execution."""
        arn = self.names.comparison_machine_arn.replace(":stateMachine:", ":execution:")
        states = boto3.client("stepfunctions")
        return dict(states.describe_execution(executionArn=f"{arn}:{name}"))

    def sums(self, name: str) -> list[str]:
        """Every version of every sum that lies in the bucket."""
        found = boto3.client("s3").list_object_versions(
            Bucket=self.names.evidence_bucket, Prefix=sums_prefix(name)
        )
        return [one["Key"] for one in found.get("Versions", [])]


def program(document: Mapping[str, Any], top: Sequence[str], *, image: str) -> dict[str, Any]:
    """The resources of a workspace with all that they stand on, and with a state of their own."""
    found = {
        f"{kind}.{name}": dict(one)
        for kind, named in document["resource"].items()
        for name, one in named.items()
    }
    wanted: dict[str, Any] = {}
    waiting = list(top)
    while waiting:
        address = waiting.pop()
        if address in wanted:
            continue
        one = wanted[address] = found[address]
        if address.startswith("aws_lambda_function."):
            one.pop("vpc_config")  # the network is of another workspace
            one["image_uri"] = image
        waiting += [*_REFERENCE.findall(json.dumps(one)), *one.get("depends_on", [])]
    resources: dict[str, dict[str, Any]] = {}
    for address, one in wanted.items():
        kind, name = address.split(".")
        resources.setdefault(kind, {})[name] = one
    providers = document["terraform"]["required_providers"]
    return {
        "terraform": {"required_providers": providers},
        "provider": {"aws": [one for one in document["provider"]["aws"] if "alias" not in one]},
        "resource": resources,
    }


def apply(directory: Path, *, endpoint: str) -> None:
    """Synthesize the local environment, and apply the machine and its function."""
    output = directory / "synthesized"
    synthesize(environment="local", phases=PHASES, output=output)
    document = json.loads((output / "stacks" / "service" / JSON_FILE).read_text(encoding="utf-8"))
    place = directory / "machine"
    place.mkdir()
    wanted = program(
        document,
        ["aws_sfn_state_machine.comparison_machine_machine",
         "aws_lambda_function.comparison_function"],
        image=push_image(endpoint),
    )  # fmt: skip
    (place / JSON_FILE).write_text(json.dumps(wanted), encoding="utf-8")
    terraform = Terraform.find(build=directory)
    terraform.init(place)
    terraform.apply(terraform.plan(place))
    # fact: the API tells all of it as it was written, so a second plan is empty
    assert terraform.plan(place).summary.empty


def make_bucket(name: str) -> None:
    """Make the evidence bucket, whose lock keeps every version."""
    s3 = boto3.client("s3")
    s3.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": "us-east-2"},
        ObjectLockEnabledForBucket=True,
    )
    retention = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    s3.put_object_lock_configuration(
        Bucket=name,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": retention},  # type: ignore[typeddict-item]  # plain words
    )
