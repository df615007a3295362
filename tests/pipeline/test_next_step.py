"""What `payshift status` says of the next step, against the AWS that a delivery would ask."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.pipeline import aws
from app.pipeline.evidence import DONE, FINISHED
from app.pipeline.status import find_status
from tests.pipeline.by_hand import Tasks, Zone, set_alarm
from tests.pipeline.conftest import PERCENTS, Place

PAST_GIT = "20261124T080000.000000Z-cd34-break-glass"


def be_in(place: Place, number: int) -> None:
    """Let production be in a phase, as an apply leaves it."""
    percent = PERCENTS[number]
    value = {"number": number, "aws_percent": percent, "features": {"writer": "legacy"}}
    aws.ssm(place.target.environment).put_parameter(
        Name=place.target.names.features_parameter, Type="String", Value=json.dumps(value)
    )
    record = {"phase": number, "outcome": DONE, "seconds": 60}
    place.evidence().write("20261123T223000.000000Z-ab12", FINISHED, record, required=True)
    Zone.anew(place)(legacy=100 - percent, aws=percent)


def next_of(place: Place) -> Any:
    place.set_live(10)
    return find_status(place.target, place.phases).as_record()["next"]


def test_a_free_way_is_told_with_its_phase(place: Place) -> None:
    be_in(place, 10)
    assert next_of(place) == {"phase": "phase-50", "free": True, "holds": [], "unknown": {}}


def test_everything_that_would_hold_the_step_is_told_at_once(place: Place) -> None:
    be_in(place, 10)
    Tasks.applied(place, running=("forward-probe", "reverse-probe"))
    place.evidence().write(
        PAST_GIT, FINISHED, {"phase": 10, "outcome": DONE, "seconds": 1}, required=True
    )
    file = place.phases / "phase-10.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}bake_minutes: 10000\n", encoding="utf-8")
    set_alarm(place, "no-writer", rings=True)
    place.target = _as_in_production(place)
    found = next_of(place)
    assert [one["guard"] for one in found["holds"]] == [
        "acknowledgement",
        "bake",
        "alarms",
        "foundation",
        "drift",
    ]
    assert found["holds"][4]["why"] == "task forward: stopped; phase-10 wants it running"
    assert not found["free"]


def test_a_guard_that_cannot_look_hides_no_other(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_in(place, 10)
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    found = next_of(place)
    assert (found["free"], found["holds"], list(found["unknown"])) == (
        False,
        [],
        ["alarms", "figures"],
    )


def test_in_the_last_phase_there_is_no_next_step(place: Place) -> None:
    be_in(place, 100)
    assert next_of(place) is None


def _as_in_production(place: Place) -> Any:
    """Return the target with the pace of production: here nobody waits and nobody looks."""
    delivery = place.target.environment.delivery.model_copy(
        update={"bake_minute_seconds": 60, "drift_known_hours": 3}
    )
    environment = place.target.environment.model_copy(update={"delivery": delivery})
    return type(place.target)(environment, place.target.build)
