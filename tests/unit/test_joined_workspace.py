"""What a phase is measured against: one workspace that holds what several hold."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from bench.intervals import covered
from bench.joined_workspace import joined_configuration, joined_state


def workspace(name: str, **sections: Any) -> dict[str, Any]:
    return {
        "//": {"metadata": {"stackName": name}},
        "terraform": {"backend": {"s3": {"key": f"workspaces/{name}.tfstate"}}},
        "provider": {"aws": [{"region": "us-east-2"}]},
        **sections,
    }


def state(*resources: tuple[str, str, str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "terraform_version": "1.11.0",
        "resources": [
            {"mode": mode, "type": kind, "name": name, "instances": [{"attributes": attributes}]}
            for mode, kind, name, attributes in resources
        ],
    }


NETWORK = workspace(
    "network",
    resource={"aws_vpc": {"vpc": {}}, "aws_subnet": {"data_a": {}, "data_b": {}}},
)
PHASE = workspace(
    "phase",
    variable={"run_id": {}},
    resource={"aws_thing": {"one": {
        "vpc": "${data.aws_vpc.network.id}",
        "subnets": "${data.aws_subnets.network_data.ids}",
        "outside": "${data.aws_region.here.name}",
        "//": {"metadata": {"path": "phase/one"}},
    }}},
    data={"aws_vpc": {"network": {}}, "aws_subnets": {"network_data": {}},
          "aws_region": {"here": {}}},
)  # fmt: skip
STATES = {
    "network": state(
        ("managed", "aws_vpc", "vpc", {"id": "vpc-1"}),
        ("managed", "aws_flow_log", "log", {"id": "vpc-1"}),
        ("managed", "aws_subnet", "data_a", {"id": "subnet-a"}),
        ("managed", "aws_subnet", "data_b", {"id": "subnet-b"}),
    ),
    "phase": state(
        ("managed", "aws_thing", "one", {"id": "thing-1"}),
        ("data", "aws_vpc", "network", {"id": "vpc-1"}),
        ("data", "aws_subnets", "network_data", {"id": "here", "ids": ["subnet-b", "subnet-a"]}),
        ("data", "aws_region", "here", {"id": "here"}),
    ),
}


def joined(**documents: dict[str, Any]) -> dict[str, Any]:
    return joined_configuration(documents, STATES, like="phase", key="workspaces/all.tfstate")


def test_every_resource_is_there_and_what_was_looked_up_is_referred_to() -> None:
    found = joined(network=NETWORK, phase=PHASE)
    assert found["resource"] == {
        "aws_vpc": {"vpc": {}},
        "aws_subnet": {"data_a": {}, "data_b": {}},
        "aws_thing": {"one": {
            "vpc": "${aws_vpc.vpc.id}",
            "subnets": "${[aws_subnet.data_b.id, aws_subnet.data_a.id]}",
            "outside": "${data.aws_region.here.name}",
        }},
    }  # fmt: skip
    assert found["data"] == {"aws_region": {"here": {}}}
    assert found["variable"] == {"run_id": {}}
    assert found["terraform"]["backend"]["s3"]["key"] == "workspaces/all.tfstate"


def test_without_any_look_up_there_is_no_section_for_them() -> None:
    phase = copy.deepcopy(PHASE)
    del phase["data"]["aws_region"]
    assert "data" not in joined(network=NETWORK, phase=phase)


def test_what_carries_tags_keeps_those_of_its_workspace() -> None:
    network, states = copy.deepcopy(NETWORK), copy.deepcopy(STATES)
    network["resource"]["aws_subnet"]["data_a"] = {"tags": {"tier": "data"}}
    tagged = states["network"]["resources"][2]["instances"][0]["attributes"]
    tagged |= {"tags": {"tier": "data"}, "tags_all": {"tier": "data", "workspace": "network"}}
    documents = {"network": network, "phase": PHASE}
    found = joined_configuration(documents, states, like="phase", key="workspaces/all.tfstate")
    assert found["resource"]["aws_subnet"] == {
        "data_a": {"tags": {"tier": "data", "workspace": "network"}},
        "data_b": {},
    }
    # fact: its state says the same already, so nothing is to be changed
    kept = joined_state(states, like="phase")["resources"][2]["instances"][0]["attributes"]
    assert kept["tags"] == kept["tags_all"] == {"tier": "data", "workspace": "network"}


def test_another_region_keeps_its_provider() -> None:
    network = copy.deepcopy(NETWORK)
    network["provider"]["aws"].append({"alias": "dns", "region": "us-east-1"})
    providers = joined(network=network, phase=PHASE)["provider"]["aws"]
    assert providers == [{"region": "us-east-2"}, {"alias": "dns", "region": "us-east-1"}]


def test_one_address_cannot_mean_two_things() -> None:
    network = copy.deepcopy(NETWORK)
    network["resource"]["aws_thing"] = {"one": {"vpc": "another"}}
    with pytest.raises(ValueError, match=r"mean different things by aws_thing\.one"):
        joined(network=network, phase=PHASE)


def test_the_state_holds_every_resource_and_no_look_up() -> None:
    found = joined_state(STATES, like="phase")
    names = [f"{one['type']}.{one['name']}" for one in found["resources"]]
    assert names == [
        "aws_vpc.vpc",
        "aws_flow_log.log",
        "aws_subnet.data_a",
        "aws_subnet.data_b",
        "aws_thing.one",
    ]


def test_time_that_overlaps_counts_once() -> None:
    assert covered([(5, 6), (0, 2), (1, 3), (1, 2)]) == 4
