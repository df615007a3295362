"""Evidence is kept before anything changes going up, and never in the way going down."""

from __future__ import annotations

import json

import pytest

from app.errors import WorldError
from app.pipeline import aws
from app.pipeline.evidence import FINISHED, STARTED, Evidence, new_run_id
from app.pipeline.world import World, find_world
from tests.pipeline.conftest import Place


def test_run_ids_sort_by_time_and_suit_the_variable_of_the_workspaces() -> None:
    names = [new_run_id() for _ in range(50)]
    assert [name[:22] for name in names] == sorted(name[:22] for name in names)
    assert all(set(name) <= set("0123456789abcdefTZ.-") for name in names)


def test_a_run_is_unfinished_until_its_evidence_says_done(place: Place) -> None:
    evidence = place.evidence()
    assert evidence.unfinished() is None
    evidence.write("20260101T-a", STARTED, {"phase": 10, "from_phase": 0}, required=True)
    found = evidence.unfinished()
    assert found is not None
    assert (found.run_id, found.number, found.from_number) == ("20260101T-a", 10, 0)
    evidence.write("20260101T-a", FINISHED, {"outcome": "failed"}, required=True)
    assert evidence.unfinished() is not None
    evidence.write("20260101T-a", FINISHED, {"outcome": "done"}, required=True)
    assert evidence.unfinished() is None


def test_a_record_stays_in_the_bucket_and_on_this_machine(place: Place) -> None:
    evidence = place.evidence()
    evidence.write("run", STARTED, {"phase": 10, "from_phase": 0}, required=True)
    (record,) = place.records(STARTED)
    assert record == {"run_id": "run", "kind": "started", "phase": 10, "from_phase": 0}
    copy = place.target.build / "deliver/records/run/started.json"
    assert json.loads(copy.read_text(encoding="utf-8")) == record


def test_a_missing_bucket_stops_going_up_and_is_passed_over_going_down(place: Place) -> None:
    evidence = Evidence(
        aws.s3(place.target.environment), "payshift-nowhere", place.target.build / "records"
    )
    assert evidence.unfinished() is None
    with pytest.raises(WorldError) as refusal:
        evidence.write("run", STARTED, {}, required=True)
    assert refusal.value.remedy == "apply the foundation first: payshift deliver --foundation"
    said: list[str] = []
    evidence.write("run", STARTED, {}, required=False, progress=said.append)
    assert "going on, the record is in" in said[0]


@pytest.mark.parametrize("value", ["", "{}", "phase-10", '{"number": "x", "aws_percent": 1}', "[]"])
def test_a_garbled_parameter_is_no_phase(place: Place, value: str) -> None:
    ssm, names = aws.ssm(place.target.environment), place.target.names
    assert find_world(ssm, names=names) == World()
    ssm.put_parameter(Name=names.features_parameter, Value=value or " ", Type="String")
    with pytest.raises(WorldError, match="does not hold a phase"):
        find_world(ssm, names=names)
