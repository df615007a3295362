"""The foundation workspaces: side by side where they may be, in order where they must be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from app.errors import InputError, TerraformFailed, WorldError
from app.pipeline import aws
from app.pipeline.bundle import pack, seal, unpack
from app.pipeline.foundation import apply_foundation, foundation_needs
from app.pipeline.plan import plan_workspaces
from app.pipeline.workspaces import Workspaces
from app.pipeline.world import World
from tests.pipeline.conftest import PERCENTS, Place, workspace, write_workspace

pytestmark = pytest.mark.slow

NEEDS = {"network": (), "data": ("network",), "service": ("network",), "rotation": ("data",)}


def write_order(place: Place, needs: Mapping[str, Sequence[str]]) -> None:
    """Write the manifest, with the phases and `bootstrap` in it as cdktf would."""
    phases = dict.fromkeys((f"phase-{number}" for number in PERCENTS), tuple(needs))
    everything = {"bootstrap": (), **needs, **phases}
    stacks = {name: {"dependencies": list(needed)} for name, needed in everything.items()}
    text = json.dumps({"version": "0.21.0", "stacks": stacks})
    (place.source / "manifest.json").write_text(text, encoding="utf-8")


def write_foundation(
    place: Place,
    *,
    needs: Mapping[str, Sequence[str]] = NEEDS,
    commands: Mapping[str, str] = {},
) -> None:
    """Write workspaces of one parameter each, which reads the parameters of what it needs."""
    for name, needed in needs.items():
        resource: dict[str, Any] = {
            "terraform_data": {
                "slow": {"provisioner": [{"local-exec": {"command": commands.get(name, "true")}}]}
            },
            "aws_ssm_parameter": {
                "made": {
                    **parameter(place, name),
                    # The provider repeats a request whose answer it lost; this one may be.
                    "overwrite": True,
                    "depends_on": ["terraform_data.slow"],
                }
            },
        }
        parts: dict[str, Any] = {"resource": resource}
        if needed:
            looked_up = {one: {"name": parameter(place, one)["name"]} for one in needed}
            parts["data"] = {"aws_ssm_parameter": looked_up}
        write_workspace(place.source, name, workspace(place.target, name, **parts))
    write_order(place, needs)


def parameter(place: Place, name: str) -> dict[str, str]:
    return {"name": f"/{place.target.environment.name}/{name}", "type": "String", "value": name}


def made(place: Place) -> set[str]:
    """The workspaces whose parameter exists."""
    ssm = aws.ssm(place.target.environment)
    names = [parameter(place, name)["name"] for name in NEEDS]
    found = ssm.get_parameters(Names=names)["Parameters"]
    return {str(one.get("Value")) for one in found}


def test_the_foundation_is_applied_in_order_and_then_nothing_is_left_to_do(place: Place) -> None:
    write_foundation(place)
    assert set(apply_foundation(place.tools())) == set(NEEDS)
    assert made(place) == set(NEEDS)
    told = [(one["workspace"], one["outcome"]) for one in place.records("finished")]
    assert sorted(told) == sorted((name, "done") for name in NEEDS)
    plans = plan_workspaces(place.tools(), list(NEEDS), world=World())
    assert [plan.empty for plan in plans.values()] == [True] * len(NEEDS)


def test_evidence_waits_for_its_bucket(place: Place) -> None:
    s3, bucket = aws.s3(place.target.environment), place.target.names.evidence_bucket
    s3.delete_bucket(Bucket=bucket)
    reach = f"curl --silent --fail -X PUT {s3.meta.endpoint_url}/{bucket}"
    write_foundation(place, needs={"network": (), "data": ("network",)}, commands={"data": reach})
    apply_foundation(place.tools())
    started, finished = place.records("started"), place.records("finished")
    assert [one["workspace"] for one in started] == ["network", "data"]
    assert [one["outcome"] for one in finished] == ["done", "done"]


def test_a_workspace_starts_when_those_it_needs_are_done_and_waits_for_no_other(
    place: Place,
) -> None:
    # `service` ends only after `rotation`, which needs `data` alone, has been made.
    mark = place.target.build / "rotation-was-here"
    wait = f"for i in $(seq 600); do test -e {mark} && exit 0; sleep 0.1; done; exit 1"
    place.target.build.mkdir(parents=True, exist_ok=True)
    write_foundation(place, commands={"service": wait, "rotation": f"touch {mark}"})
    assert set(apply_foundation(place.tools())) == set(NEEDS)


def test_a_workspace_that_failed_stops_those_that_need_it(place: Place) -> None:
    write_foundation(place, commands={"network": "exit 7"})
    with pytest.raises(TerraformFailed, match="terraform apply of network failed"):
        apply_foundation(place.tools())
    assert made(place) == set()


def test_what_runs_beside_a_workspace_that_fails_is_finished(place: Place) -> None:
    mark = place.target.build / "service-runs"
    place.target.build.mkdir(parents=True, exist_ok=True)
    wait = f"for i in $(seq 600); do test -e {mark} && exit 7; sleep 0.1; done"
    write_foundation(place, commands={"data": wait, "service": f"touch {mark}; sleep 1"})
    with pytest.raises(TerraformFailed, match="terraform apply of data failed"):
        apply_foundation(place.tools())
    assert made(place) == {"network", "service"}


def test_only_the_named_workspaces_are_applied(place: Place) -> None:
    write_foundation(place)
    assert set(apply_foundation(place.tools(), only=["network"])) == {"network"}
    assert made(place) == {"network"}
    assert set(apply_foundation(place.tools(), only=["rotation", "data"])) == {"data", "rotation"}
    assert made(place) == {"network", "data", "rotation"}


def test_phases_and_bootstrap_are_no_part_of_the_foundation(place: Place) -> None:
    write_order(place, NEEDS)
    found = foundation_needs(Workspaces(place.source, place.target.work))
    assert found == {name: frozenset(needed) for name, needed in NEEDS.items()}


@pytest.mark.parametrize("name", ["bootstrap", "phase-10", "netwrok"])
def test_a_name_that_is_none_of_the_foundation_is_refused(place: Place, name: str) -> None:
    write_order(place, NEEDS)
    with pytest.raises(InputError) as refusal:
        foundation_needs(Workspaces(place.source, place.target.work), only=[name])
    assert refusal.value.message == f"there is no foundation workspace '{name}'"
    assert refusal.value.remedy == "write one of data, network, rotation, service"


def test_workspaces_without_their_order_are_refused(place: Place) -> None:
    with pytest.raises(WorldError, match=r"manifest\.json does not say which workspace needs"):
        foundation_needs(Workspaces(place.source, place.target.work))


def test_a_stored_bundle_keeps_the_order_of_its_workspaces(place: Place) -> None:
    write_foundation(place)
    seal(place.source, digest="d")
    again = place.target.build / "again"
    unpack(pack(place.source), into=again, digest="d")
    assert Workspaces(again, place.target.work).dependencies["rotation"] == {"data"}
