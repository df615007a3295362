"""The whole target from nothing, with the real provider, by the pipeline's own code.

First the bootstrap and an image, as an administrator and a workflow would. Then it picks up every
foundation workspace of the manifest by itself.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from app.config.loading import load_environment, load_phases
from app.local.bootstrapped import push_images
from app.local.cloud.settings import CloudSettings
from app.pipeline import aws
from app.pipeline.apply import Tools
from app.pipeline.bootstrap.found import Look
from app.pipeline.bootstrap.run import bootstrap
from app.pipeline.bundle import seal
from app.pipeline.evidence import Evidence
from app.pipeline.foundation import Needs, apply_foundation, foundation_needs
from app.pipeline.plan import plan_workspaces
from app.pipeline.synthesis import synthesize
from app.pipeline.target import Target
from app.pipeline.terraform import Terraform
from app.pipeline.workspaces import Workspaces
from app.pipeline.world import World
from tests.aws_api import variables_for
from tests.local.processes import running

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1_800)]

PHASES = Path(__file__).parents[2] / "phases"
_ADDRESS = re.compile(r"\baws_\w+\.\w+")
# What AWS itself refuses to delete.
_PROTECTED = ("deletion_protection", "enable_deletion_protection")
# The second plan has just looked at everything, and found it as the states say.
AS_KNOWN = ("-refresh=false", "-input=false")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    """An AWS API with nothing but the bootstrap and an image, and the synthesized workspaces."""
    directory = tmp_path_factory.mktemp("whole-target")
    target = Target(load_environment("local"), directory / "build")
    source = directory / "bundle"
    synthesize(environment="local", phases=PHASES, output=source)
    seal(source, digest="whole-target")
    settings = CloudSettings(certificate_seconds=0)
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        cloud = stack.enter_context(
            running("app.local.cloud", settings=settings, directory=directory)
        )
        for name, value in variables_for(str(cloud.said["endpoint"])).items():
            patch.setenv(name, value)
        s3 = aws.s3(target.environment)
        tools = Tools(
            terraform=Terraform.find(build=target.build / "terraform"),
            workspaces=Workspaces(source, target.work),
            evidence=Evidence(s3, target.names.evidence_bucket, directory / "records"),
            progress=lambda line: print(line, flush=True),
        )
        bootstrap(
            tools.terraform,
            tools.workspaces,
            look=Look.at(target.environment),
            agree=lambda _plan: True,
            progress=tools.progress,
        )
        push_images(target, load_phases(PHASES))
        yield tools


def terraform(tools: Tools, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Terraform in a workspace's directory, for what the pipeline never does."""
    return subprocess.run(
        [tools.terraform.binary, *arguments, "-no-color"],
        cwd=tools.workspaces.work / name,
        env=dict(tools.terraform.variables),
        capture_output=True,
        text=True,
        check=False,
    )


def resources(tools: Tools, name: str) -> dict[str, dict[str, Any]]:
    """The resources of a workspace as synthesized, by address."""
    file = tools.workspaces.source / "stacks" / name / "cdk.tf.json"
    kinds: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["resource"]
    return {
        f"{kind}.{resource}": properties
        for kind, found in kinds.items()
        for resource, properties in found.items()
    }


def guarded(tools: Tools, name: str) -> set[str]:
    """The resources that Terraform must not destroy."""
    return {
        address
        for address, properties in resources(tools, name).items()
        if properties.get("lifecycle", {}).get("prevent_destroy")
    }


def below(tools: Tools, name: str, *, top: set[str]) -> set[str]:
    """These resources of a workspace, and all that they stand on."""
    found = resources(tools, name)
    result: set[str] = set()
    waiting = set(top)
    while waiting:
        address = waiting.pop()
        result.add(address)
        stands_on = set(_ADDRESS.findall(json.dumps(found[address]))) & found.keys()
        waiting |= stands_on - result
    return result


def held(tools: Tools, name: str) -> set[str]:
    """The guarded and protected resources, and all that they stand on."""
    protected = {
        address
        for address, properties in resources(tools, name).items()
        if any(properties.get(switch) for switch in _PROTECTED)
    }
    return below(tools, name, top=guarded(tools, name) | protected)


def test_every_workspace_applies_from_nothing(tools: Tools) -> None:
    wanted = set(foundation_needs(tools.workspaces))
    assert {"network", "data", "service"} <= wanted
    assert set(apply_foundation(tools)) == wanted


def test_a_second_plan_of_every_workspace_is_empty(tools: Tools) -> None:
    names = list(foundation_needs(tools.workspaces))
    plans = plan_workspaces(tools, names, world=World())
    assert {name: plan.actions for name, plan in plans.items() if not plan.empty} == {}


def test_exactly_the_guarded_resources_stop_a_destroy(tools: Tools) -> None:
    for name in ("bootstrap", *foundation_needs(tools.workspaces)):
        ended = terraform(tools, name, "plan", "-destroy", *AS_KNOWN, "-lock=false", "-json")
        stopped = set(re.findall(r"Resource ([\w.]+) has lifecycle\.prevent_destroy", ended.stdout))
        assert stopped <= guarded(tools, name), f"{name}:\n{ended.stdout}"
        # Terraform goes from the top down and does not look below what stopped it: each guarded
        # resource is named, or carries one that is.
        assert guarded(tools, name) <= below(tools, name, top=stopped), name
        assert (ended.returncode != 0) is bool(guarded(tools, name)), name


def test_what_no_guard_holds_is_destroyed(tools: Tools) -> None:
    """Last, and from the top down, as a person would take a target away."""
    for name in reversed(_in_order(foundation_needs(tools.workspaces))):
        stays = held(tools, name)
        listed = {one for one in _state(tools, name) if not one.startswith("data.")}
        targets = [f"-target={one}" for one in sorted(listed - stays)]
        ended = terraform(tools, name, "destroy", "-auto-approve", *AS_KNOWN, *targets)
        assert ended.returncode == 0, f"{name}:\n{ended.stderr}"
        left = {one for one in _state(tools, name) if not one.startswith("data.")}
        assert left == stays & listed


def _state(tools: Tools, name: str) -> list[str]:
    return terraform(tools, name, "state", "list").stdout.split()


def _in_order(needs: Needs) -> list[str]:
    done: list[str] = []
    while len(done) < len(needs):
        done += [name for name in needs if name not in done and needs[name] <= {*done}]
    return done
