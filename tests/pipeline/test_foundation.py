"""The foundation workspaces: side by side where they may be, in order where they must be."""

from __future__ import annotations

import pytest

from app.errors import TerraformFailed
from app.pipeline import aws
from app.pipeline.deliver import apply_foundation
from app.pipeline.plan import plan_workspaces
from app.pipeline.world import World
from tests.pipeline.conftest import Place, workspace, write_workspace

pytestmark = pytest.mark.slow


def write_foundation(place: Place, *, network: str = "true", data: str = "true") -> None:
    """Write three workspaces; `service` reads what `network` made."""

    def parameter(name: str) -> dict[str, object]:
        return {"name": f"/{place.target.environment.name}/{name}", "type": "String", "value": name}

    slow, beside = (
        {"provisioner": [{"local-exec": {"command": command}}]} for command in (network, data)
    )
    resources = {
        "network": {
            "terraform_data": {"slow": slow},
            "aws_ssm_parameter": {
                "made": {**parameter("network"), "depends_on": ["terraform_data.slow"]}
            },
        },
        "data": {
            "terraform_data": {"beside": beside},
            "aws_ssm_parameter": {
                "made": {**parameter("data"), "depends_on": ["terraform_data.beside"]}
            },
        },
        "service": {"aws_ssm_parameter": {"made": parameter("service")}},
    }
    looked_up = {"aws_ssm_parameter": {"network": {"name": parameter("network")["name"]}}}
    for name, resource in resources.items():
        parts = {"resource": resource} | ({"data": looked_up} if name == "service" else {})
        write_workspace(place.source, name, workspace(place.target, name, **parts))


def test_the_foundation_is_applied_in_order_and_then_nothing_is_left_to_do(place: Place) -> None:
    write_foundation(place)
    assert sorted(apply_foundation(place.tools())) == ["data", "network", "service"]
    ssm = aws.ssm(place.target.environment)
    name = f"/{place.target.environment.name}/service"
    assert ssm.get_parameter(Name=name)["Parameter"].get("Value") == "service"
    plans = plan_workspaces(place.tools(), ["network", "data", "service"], world=World())
    assert [plan.empty for plan in plans.values()] == [True, True, True]


def test_a_group_that_failed_stops_the_groups_after_it(place: Place) -> None:
    write_foundation(place, network="exit 7")
    said: list[str] = []
    with pytest.raises(TerraformFailed, match="terraform apply of network failed"):
        apply_foundation(place.tools(progress=said.append))
    assert not any(line.startswith(("data: ", "service: ")) and "to add" in line for line in said)


def test_what_runs_beside_a_workspace_that_fails_is_finished(place: Place) -> None:
    write_foundation(place, data="exit 7")
    with pytest.raises(TerraformFailed, match="terraform apply of data failed"):
        apply_foundation(place.tools())
    ssm = aws.ssm(place.target.environment)
    assert ssm.get_parameter(Name=f"/{place.target.environment.name}/service")["Parameter"]
