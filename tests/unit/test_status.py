"""What `payshift status` makes of what it learned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.pipeline.engine_standing import EngineStanding
from app.pipeline.evidence import Unfinished
from app.pipeline.replication.standing import CarrierStanding
from app.pipeline.status import Status
from app.pipeline.world import World
from tests.unit.test_dms_stage import standing

CALM = Status(
    environment="production",
    world=World(10, 10, {"writer": "legacy"}),
    wanted="phase-10",
    unfinished=None,
    moves=(),
    weights={"legacy": 90, "aws": 10},
    engine=EngineStanding(
        writer="legacy", epoch=7, accepting=("legacy",), unreachable=(), lag_seconds=0.02
    ),
    unknown={},
    carrier=CarrierStanding(carrier="logical"),
)


def seen(**engine: Any) -> tuple[str, ...]:
    assert CALM.engine is not None
    return replace(CALM, engine=replace(CALM.engine, **engine)).troubles


def test_a_calm_world_is_one_screen_without_troubles() -> None:
    assert CALM.troubles == ()
    assert CALM.lines() == [
        "production",
        "phase    phase-10, wanted is phase-10",
        "traffic  legacy 90, aws 10",
        "writer   legacy, epoch 7",
        "lag      0.02 s",
        "carrier  PostgreSQL's logical replication",
        "nothing to deliver",
    ]


def test_anything_but_one_writer_is_a_trouble() -> None:
    assert seen(accepting=()) == ("payments are accepted by no database; one must accept them",)
    both = seen(accepting=("legacy", "aws"))
    assert both == ("payments are accepted by legacy and aws; one must accept them",)


def test_a_writer_that_the_phase_does_not_want_is_a_trouble() -> None:
    assert seen(accepting=("aws",)) == ("aws writes, but phase-10 wants legacy",)


def test_the_tasks_are_shown_and_one_that_should_run_is_a_trouble() -> None:
    found = replace(CALM, carrier=CarrierStanding(carrier="dms", tasks=standing(forward="failed")))
    assert found.troubles == (
        "DMS task payshift-production-forward failed: Stop Reason FATAL_ERROR",
    )
    assert (
        "carrier  DMS, loaded: forward failed, reverse ready, forward-probe running, "
        "reverse-probe running"
    ) in found.lines()
    running = standing(forward="running")
    assert replace(CALM, carrier=CarrierStanding(carrier="dms", tasks=running)).troubles == ()
    assert found.as_record()["replication"]["tasks"]["forward"] == "failed"


def test_a_silent_database_is_a_trouble() -> None:
    assert seen(unreachable=("aws",)) == ("aws does not answer",)


def test_weights_that_the_phase_does_not_want_are_a_trouble() -> None:
    found = replace(CALM, weights={"legacy": 50, "aws": 50})
    assert found.troubles == ("DNS has legacy 50, aws 50, but phase-10 wants legacy 90, aws 10",)
    # As much as was meant for AWS, and yet another share of the clients.
    found = replace(CALM, weights={"legacy": 40, "aws": 10})
    assert found.troubles == ("DNS has legacy 40, aws 10, but phase-10 wants legacy 90, aws 10",)
    assert replace(CALM, weights={"aws": 10, "legacy": 90}).troubles == ()


def test_a_run_that_did_not_finish_is_a_trouble() -> None:
    found = replace(CALM, unfinished=Unfinished("20260101T000000.000000Z-ab12", 10, 0))
    assert found.troubles == ("run 20260101T000000.000000Z-ab12 did not finish",)


def test_what_could_not_be_learned_says_why_and_hides_nothing_else() -> None:
    found = replace(CALM, engine=None, unknown={"writer": "unknown: no such function"})
    assert found.troubles == ()
    assert "writer   unknown: no such function" in found.lines()
    assert "traffic  legacy 90, aws 10" in found.lines()
