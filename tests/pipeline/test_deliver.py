"""Delivering phases with real Terraform against an AWS over HTTP."""

from __future__ import annotations

import pytest

from app.errors import GateFailed, TerraformFailed, WorldError
from app.pipeline.deliver import deliver
from app.pipeline.world import World
from tests.pipeline.conftest import Place
from tests.pipeline.journey import Journey

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("attached")]


def go(place: Place, number: int, *, again: bool = False) -> list[tuple[int, int, str]]:
    """Deliver with `live` at a number; returns (phase, from, reason) of each apply."""
    phases = place.set_live(number)
    done = deliver(
        place.tools(progress=place.said.append), phases, find_world=place.world, again=again
    )
    return [(one.move.phase.phase, one.move.from_number, one.move.reason) for one in done.applied]


def test_going_up_takes_one_apply_a_step_and_going_down_one_in_all(place: Place) -> None:
    assert go(place, 50) == [(0, -1, "up"), (10, 0, "up"), (50, 10, "up")]
    assert place.world().number == 50
    assert go(place, 0) == [(0, 50, "down")]
    assert place.world().number == 0
    # The same phase again: nothing is applied unless it is asked for.
    assert go(place, 0) == []
    assert place.said[-1] == "nothing to do"
    assert go(place, 0, again=True) == [(0, 0, "again")]
    outcomes = [record["outcome"] for record in place.records("finished")]
    assert outcomes == ["done"] * 5
    started = place.records("started")[1]
    assert (started["phase"], started["from_phase"], started["commit"]) == (10, 0, "c0ffee")
    assert started["plan"]["add"] == 2


def test_a_refused_gate_going_up_brings_back_the_phase_before(
    place: Place, journey: Journey
) -> None:
    journey(place, 0, 10)
    place.write_phase(50, refuses="replication_lag is 42 s, over its limit of 5 s.")
    with pytest.raises(GateFailed) as refusal:
        go(place, 50)
    assert refusal.value.message == (
        "phase-50 was refused, production is back in phase-10: "
        "replication_lag is 42 s, over its limit of 5 s."
    )
    assert refusal.value.exit_code == 1
    assert place.world().number == 10
    ends = [(one["phase"], one["from_phase"], one["outcome"]) for one in place.records("finished")]
    assert ends[-2:] == [(50, 10, "refused"), (10, 50, "done")]
    assert place.records("finished")[-2]["reasons"] == [
        "replication_lag is 42 s, over its limit of 5 s."
    ]


def test_a_refused_first_phase_has_nothing_to_go_back_to(place: Place) -> None:
    place.write_phase(0, refuses="row_parity differs in USD.")
    with pytest.raises(GateFailed, match="there is no phase below to go back to"):
        go(place, 0)


def test_an_apply_that_broke_is_taken_up_again(place: Place, journey: Journey) -> None:
    journey(place, 0)
    place.write_phase(10, runs="exit 3")
    with pytest.raises(TerraformFailed) as failure:
        go(place, 10)
    assert failure.value.exit_code == 3
    assert "exit status 3" in failure.value.message
    # The parameter already names phase 10, but its evidence does not say done.
    assert place.world().number == 10
    place.write_phase(10)
    assert go(place, 10) == [(10, 0, "resume")]
    assert go(place, 10) == []


def test_a_way_back_that_breaks_says_where_production_stands(
    place: Place, journey: Journey
) -> None:
    journey(place, 0)
    place.write_phase(10, refuses="p95 is 900 ms, over its limit of 300 ms.")
    place.write_phase(0, runs="exit 3")
    with pytest.raises(WorldError) as failure:
        go(place, 10)
    assert failure.value.message.startswith(
        "phase-10 was refused: p95 is 900 ms, over its limit of 300 ms.\n"
        "and going back to phase-0 failed: terraform apply of phase-0 failed"
    )
    assert failure.value.remedy == (
        "production stands between phase-0 and phase-10: "
        "write live: phase-0 and deliver again until it is done"
    )
    # The same again, with the cause gone, takes up the way back.
    place.write_phase(0)
    assert go(place, 0) == [(0, 10, "resume")]


def test_somebody_elses_change_in_between_is_noticed(place: Place) -> None:
    phases = place.set_live(0)
    worlds = iter([World(), World(50, 50, {"writer": "legacy"})])
    with pytest.raises(WorldError) as failure:
        deliver(place.tools(), phases, find_world=lambda: next(worlds))
    assert failure.value.message == (
        "everything was applied, but production is in phase-50: 50 % at AWS, writer legacy"
    )
