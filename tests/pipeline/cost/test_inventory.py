"""Which resources are priced, and how often."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import InputError
from app.pipeline.cost.inventory import read_inventory
from app.pipeline.cost.prices import Unpriced
from app.pipeline.cost.resource import Unresolvable
from tests.pipeline.cost.billing import Resources, bill, estimate_of, write


def test_what_all_phases_hold_exists_once(tmp_path: Path) -> None:
    phase: Resources = {"aws_route53_zone": {"shared": {"name": "example.com"}}}
    only: Resources = {**phase, "aws_kms_key": {"own": {}}}
    found = estimate_of(write(tmp_path, phase_0=phase, phase_10=phase, phase_100=only))
    assert [(line.workspace, line.resource, line.name) for line in found.lines] == [
        ("phases", "aws_route53_zone.shared", "hosted zone"),
        ("phases", "aws_route53_zone.shared", "queries"),
        ("phases", "aws_kms_key.own", "key"),
        ("phases", "aws_kms_key.own", "rotated key material"),
        ("phases", "aws_kms_key.own", "requests"),
    ]


def test_resources_of_one_name_in_other_workspaces_are_other_things(tmp_path: Path) -> None:
    key: Resources = {"aws_kms_key": {"logs": {}}}
    found = estimate_of(write(tmp_path, network=key, data=key))
    assert [line.workspace for line in found.lines if line.name == "key"] == ["data", "network"]


@pytest.mark.parametrize("times", [{"count": 3}, {"for_each": {"a": 1, "b": 2, "c": 3}}])
def test_a_resource_costs_as_often_as_it_exists(tmp_path: Path, times: dict[str, object]) -> None:
    found = bill(tmp_path, {"aws_nat_gateway": {"every": times}})
    assert found["aws_nat_gateway.every: NAT gateway"] == 98.55  # 3 * 32.85
    assert found["aws_nat_gateway.every: NAT data"] == 4.05  # 90 GB * 0.045, shared by three


def test_how_often_a_resource_exists_must_be_known(tmp_path: Path) -> None:
    resources = {"aws_nat_gateway": {"every": {"count": "${length(var.zones)}"}}}
    with pytest.raises(InputError, match=r"network: aws_nat_gateway\.every: how often it exists"):
        bill(tmp_path, resources)


def test_a_type_without_a_pricer_is_wrong_input_and_never_zero(tmp_path: Path) -> None:
    with pytest.raises(Unpriced) as refusal:
        bill(tmp_path, {"aws_eks_cluster": {"big": {}}})
    assert refusal.value.message == (
        "network: aws_eks_cluster.big has no pricer: what aws_eks_cluster costs is not known"
    )
    assert refusal.value.exit_code == 2


def test_a_reference_inside_a_workspace_is_followed(tmp_path: Path) -> None:
    instances = {
        "dms_instance": {"replication_instance_class": "dms.c5.large", "multi_az": "true"},
        "other": {"replication_instance_class":
                  "${aws_dms_replication_instance.dms_instance.replication_instance_class}"},
    }  # fmt: skip
    found = bill(tmp_path, {"aws_dms_replication_instance": instances})
    assert found["aws_dms_replication_instance.other: instance dms.c5.large"] == 112.42


def test_references_in_a_circle_end(tmp_path: Path) -> None:
    around = "${aws_dms_replication_instance.dms.replication_instance_class}"
    instance = {"dms": {"replication_instance_class": around}}
    with pytest.raises(Unresolvable):
        bill(tmp_path, {"aws_dms_replication_instance": instance})


def test_a_directory_without_workspaces_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are no workspaces in"):
        read_inventory(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_garbled_workspace_is_refused(tmp_path: Path, text: str) -> None:
    place = tmp_path / "stacks" / "network"
    place.mkdir(parents=True)
    (place / "cdk.tf.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="is not the JSON of a workspace"):
        read_inventory(tmp_path)
