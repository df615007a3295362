"""What `payshift status` makes of what it learned."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from app.pipeline.cost.known import KnownPrice
from app.pipeline.engine_standing import EngineStanding
from app.pipeline.evidence import Unfinished
from app.pipeline.guards.base import Hold
from app.pipeline.next_step import NextStep
from app.pipeline.replication.standing import CarrierStanding
from app.pipeline.status import Status
from app.pipeline.world import World
from tests.unit.test_dms_stage import standing

PRICE = KnownPrice(
    usd=1120.877,
    limit_usd=3000,
    digest="1a2b3c4d5e6f" + "0" * 52,
    place="the evidence bucket",
    since=datetime(2026, 11, 23, 22, 30, tzinfo=UTC),
    prices_since=date(2026, 9, 1),
)
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
    next_step=NextStep(phase="phase-50", holds={}, unknown={}),
    unknown={},
    carrier=CarrierStanding(carrier="logical"),
    price=PRICE,
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
        f"cost     {PRICE}",
        "next     phase-50, nothing holds it up",
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


def test_the_price_is_told_with_its_limit_its_source_and_its_age() -> None:
    assert str(PRICE) == (
        "1,121 of 3,000 USD a month: bundle 1a2b3c4d5e6f, in the evidence bucket since "
        "2026-11-23 22:30 UTC; prices of 2026-09-01"
    )


def test_a_month_above_its_limit_is_a_trouble_and_one_at_it_is_none() -> None:
    found = replace(CALM, price=replace(PRICE, usd=3000.01, limit_usd=3000))
    assert found.troubles == ("a month costs 3,000.01 USD, and may cost 3,000.00",)
    assert found.as_record()["cost"]["within_limit"] is False
    assert replace(CALM, price=replace(PRICE, usd=3000.0)).troubles == ()


def test_programs_are_told_the_price_with_its_source_and_age() -> None:
    assert CALM.as_record()["cost"] == {
        "usd_per_month": 1120.88,
        "limit_usd": 3000,
        "within_limit": True,
        "bundle": "1a2b3c4d5e6f" + "0" * 52,
        "place": "the evidence bucket",
        "since": "2026-11-23T22:30:00+00:00",
        "prices_since": "2026-09-01",
    }
    assert replace(CALM, price=None).as_record()["cost"] is None


def test_a_price_that_nobody_knows_says_why() -> None:
    found = replace(CALM, price=None, unknown={"cost": "unknown: no such bundle"})
    assert "cost     unknown: no such bundle" in found.lines()
    assert found.troubles == ()


def test_a_run_that_did_not_finish_is_a_trouble() -> None:
    found = replace(CALM, unfinished=Unfinished("20260101T000000.000000Z-ab12", 10, 0))
    assert found.troubles == ("run 20260101T000000.000000Z-ab12 did not finish",)


def test_what_could_not_be_learned_says_why_and_hides_nothing_else() -> None:
    found = replace(CALM, engine=None, unknown={"writer": "unknown: no such function"})
    assert found.troubles == ()
    assert "writer   unknown: no such function" in found.lines()
    assert "traffic  legacy 90, aws 10" in found.lines()


def test_the_next_step_says_what_holds_it_up_and_what_helps() -> None:
    holds = {
        "bake": (Hold("phase-10 bakes until 23:31", "deliver again then"),),
        "alarms": (Hold("the alarm a rings", "mend it"), Hold("the alarm b rings", "mend it")),
    }
    held = NextStep(phase="phase-50", holds=holds, unknown={"drift": "no answer"})
    found = replace(CALM, next_step=held)
    assert not held.free
    assert found.lines()[7:] == [
        "next     phase-50, held up by bake, alarms; nobody knows of drift",
        "- bake: phase-10 bakes until 23:31",
        "  → deliver again then",
        "- alarms: the alarm a rings",
        "  → mend it",
        "- alarms: the alarm b rings",
        "  → mend it",
        "? drift: no answer",
        "nothing to deliver",
    ]
    assert found.as_record()["next"] == {
        "phase": "phase-50",
        "free": False,
        "holds": [
            {"guard": "bake", "why": "phase-10 bakes until 23:31", "remedy": "deliver again then"},
            {"guard": "alarms", "why": "the alarm a rings", "remedy": "mend it"},
            {"guard": "alarms", "why": "the alarm b rings", "remedy": "mend it"},
        ],
        "unknown": {"drift": "no answer"},
    }


def test_a_guard_that_could_not_look_is_no_free_way() -> None:
    assert not NextStep(phase="phase-50", holds={}, unknown={"drift": "no answer"}).free


def test_above_the_last_phase_there_is_no_step() -> None:
    found = replace(CALM, next_step=None)
    assert "next     none, phase-10 is the last" in found.lines()
    assert found.as_record()["next"] is None
