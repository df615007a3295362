"""What holds a step up: bake time, ringing alarms, and a word owed to Git."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.config.alarms import all_alarms
from app.config.loading import load_environment, load_phases
from app.errors import AdvanceRefused, ConfigError
from app.migration.sites import Site
from app.pipeline import aws
from app.pipeline.evidence import DONE, FINISHED, Evidence
from app.pipeline.guards.acknowledgement import require_acknowledgement
from app.pipeline.guards.alarms import HOLDING, Alarms
from app.pipeline.guards.bake import Bake
from app.pipeline.guards.base import Hold, require_free_way
from app.pipeline.guards.figures import Figures
from app.pipeline.moves import Move
from tests.pipeline.by_hand import set_alarm
from tests.pipeline.conftest import Place, move

RUN = "20261123T223000.000000Z-ab12"
PAST_GIT = "20261124T080000.000000Z-cd34-break-glass"
BEGUN = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)


def finish(evidence: Evidence, run: str, phase: int, *, outcome: str = DONE) -> None:
    record: dict[str, Any] = {"phase": phase, "outcome": outcome, "seconds": 60}
    evidence.write(run, FINISHED, record, required=True)


def bake(place: Place, *, minutes: int, after: timedelta, scale: float = 60) -> tuple[Hold, ...]:
    """Ask the guard some time after the run began, with that bake time in phase 10."""
    file = place.phases / "phase-10.yaml"
    text = file.read_text(encoding="utf-8").partition("bake_minutes")[0]
    file.write_text(f"{text}bake_minutes: {minutes}\n", encoding="utf-8")
    guard = Bake(
        evidence=place.evidence(),
        phases=load_phases(place.phases),
        seconds_a_minute=scale,
        clock=lambda: BEGUN + after,
    )
    return guard(move(place, 50, came=10))


def test_a_phase_holds_the_next_until_its_bake_time_is_over(place: Place) -> None:
    finish(place.evidence(), RUN, 10)
    (hold,) = bake(place, minutes=60, after=timedelta(minutes=60))
    # The apply took a minute: its end is when the phase began.
    assert hold.why == "phase-10 bakes until 2026-11-23 23:31 UTC (60 minutes)"
    assert bake(place, minutes=60, after=timedelta(minutes=61)) == ()
    assert bake(place, minutes=60, after=timedelta(minutes=2), scale=0) == ()
    assert bake(place, minutes=0, after=timedelta()) == ()


def test_applying_a_phase_again_does_not_begin_its_bake_time_anew(place: Place) -> None:
    finish(place.evidence(), "20261123T200000.000000Z-ab12", 50)
    finish(place.evidence(), RUN, 10)
    finish(place.evidence(), "20261123T232000.000000Z-ab12", 10)
    assert bake(place, minutes=60, after=timedelta(minutes=61)) == ()


def test_a_phase_that_was_left_in_between_bakes_anew(place: Place) -> None:
    finish(place.evidence(), "20261122T200000.000000Z-ab12", 10)
    finish(place.evidence(), "20261123T200000.000000Z-ab12", 50, outcome="refused")
    finish(place.evidence(), RUN, 10)
    assert bake(place, minutes=60, after=timedelta(minutes=5)) != ()


def test_a_phase_without_evidence_has_not_begun_to_bake(place: Place) -> None:
    (hold,) = bake(place, minutes=60, after=timedelta(days=9))
    assert hold.why == "no evidence says since when production is in phase-10"


def test_a_ringing_alarm_of_a_gate_holds_and_any_other_does_not(place: Place) -> None:
    guard = Alarms(cloudwatch=aws.cloudwatch(place.target.environment), names=place.target.names)
    step = move(place, 50, came=10)
    assert guard(step) == ()
    set_alarm(place, "p95-aws", rings=True)
    set_alarm(place, "no-writer", rings=False)
    set_alarm(place, "replication-cpu", rings=True)
    (hold,) = guard(step)
    assert hold.why == f"the alarm {place.target.names.prefix}-p95-aws rings"


def figures(place: Place) -> Figures:
    return Figures(
        cloudwatch=aws.cloudwatch(place.target.environment),
        names=place.target.names,
        phases=load_phases(place.phases),
    )


def serve(place: Place, site: Site, *, ago: timedelta = timedelta()) -> None:
    """Count a request at a site."""
    name = place.target.environment.name
    aws.cloudwatch(place.target.environment).put_metric_data(
        Namespace="Payshift",
        MetricData=[
            {
                "MetricName": "Requests",
                "Dimensions": [
                    {"Name": "Environment", "Value": name},
                    {"Name": "Site", "Value": site.value},
                ],
                "Timestamp": datetime.now(UTC) - ago,
                "Value": 1,
            }
        ],
    )


def test_alarms_over_nothing_hold_while_their_site_has_traffic(place: Place) -> None:
    for site in Site:
        set_alarm(place, f"error-rate-{site}", rings=False)
    legacy, aws_ = figures(place)(move(place, 50, came=10))
    assert legacy.why == (
        "nothing was measured at legacy for 15 minutes, though it has traffic: "
        "its alarms tell nothing"
    )
    assert "Figures of the data centre" in legacy.remedy
    assert aws_.why.startswith("nothing was measured at aws")
    # fact: at phase-0 nobody pays at AWS, whose silence says nothing
    (only,) = figures(place)(move(place, 10, came=0))
    assert only.why.startswith("nothing was measured at legacy")
    # fact: before the first phase the records are not ours
    assert figures(place)(move(place, 0, came=-1)) == ()


def test_a_request_frees_the_way_until_it_is_old(place: Place) -> None:
    set_alarm(place, "error-rate-legacy", rings=False)
    guard, step = figures(place), move(place, 10, came=0)
    serve(place, Site.LEGACY, ago=timedelta(minutes=20))
    serve(place, Site.AWS)
    assert [hold.why[:30] for hold in guard(step)] == ["nothing was measured at legacy"]
    serve(place, Site.LEGACY, ago=timedelta(minutes=2))
    assert guard(step) == ()


def test_where_no_alarm_believes_figures_none_are_asked_for(place: Place) -> None:
    assert figures(place)(move(place, 50, came=10)) == ()


def test_every_alarm_that_holds_exists() -> None:
    known = {one.name for one in all_alarms(load_environment("production"))}
    assert set(HOLDING) <= known


def test_everything_that_holds_is_said_at_once_and_only_going_up(place: Place) -> None:
    asked: list[Move] = []

    def closed(step: Move) -> tuple[Hold, ...]:
        asked.append(step)
        return (Hold(f"reason {len(asked)}", "wait"),)

    with pytest.raises(AdvanceRefused) as refusal:
        require_free_way((closed, closed), move(place, 50, came=10))
    assert refusal.value.message == "phase-50 has to wait: reason 1; reason 2"
    assert refusal.value.remedy == "wait"
    assert refusal.value.exit_code == 1
    asked.clear()
    require_free_way((closed,), move(place, 0, came=50, reason="down"))
    require_free_way((closed,), move(place, 10, came=0, reason="resume"))
    assert asked == []


def test_git_has_to_acknowledge_the_last_run_that_went_past_it(place: Place) -> None:
    evidence = place.evidence()
    up, down = move(place, 50, came=10), move(place, 0, came=10, reason="down")

    def ask(line: str, *plan: Move) -> None:
        (place.phases / "live.yaml").write_text(f"live: phase-50\n{line}", encoding="utf-8")
        require_acknowledgement(evidence, load_phases(place.phases), plan, where="in phase-10")

    finish(evidence, RUN, 10)
    ask("", up)
    finish(evidence, PAST_GIT, 10)
    with pytest.raises(AdvanceRefused) as refusal:
        ask("", up)
    assert f"production was moved past Git by run {PAST_GIT}" in refusal.value.message
    assert refusal.value.remedy.endswith(f"acknowledge: {PAST_GIT}")
    with pytest.raises(AdvanceRefused):
        ask("")  # doing nothing would leave it unsaid
    with pytest.raises(AdvanceRefused, match="it acknowledges 20260101"):
        ask("acknowledge: 20260101T000000.000000Z-aaaa-break-glass\n", up)
    ask("", down)
    ask(f"acknowledge: {PAST_GIT}\n", up)


def test_a_wrong_acknowledgement_is_refused_with_its_place(tmp_path: Path, place: Place) -> None:
    assert tmp_path
    file = place.phases / "live.yaml"
    file.write_text("live: phase-0\nacknowledge: yesterday\n", encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        load_phases(place.phases)
    (problem,) = refusal.value.problems
    assert (problem.file, problem.line, problem.column) == (file, 2, 14)
    assert problem.message.startswith("acknowledge is")
