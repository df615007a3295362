"""What was changed behind Git's back holds a step up, and never a step back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from app.config.loading import load_phases
from app.errors import AdvanceRefused, WorldError
from app.pipeline import aws
from app.pipeline.drift.last_look import LastLook, LastLooks
from app.pipeline.guards.base import Hold, require_free_way
from app.pipeline.guards.drift import Drift
from app.pipeline.guards.foundation import FoundationDrift
from app.pipeline.moves import Move
from app.pipeline.probing.base import Line, Outcome
from app.pipeline.probing.report import Report
from tests.pipeline.by_hand import Tasks, Zone, mappings
from tests.pipeline.conftest import Place, move

BEGUN = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)


def drift(place: Place) -> Callable[[Move], tuple[Hold, ...]]:
    return Drift(
        environment=place.target.environment,
        phases=load_phases(place.phases),
        client=partial(aws.client, place.target.environment),
    )


def test_weights_that_somebody_changed_hold_with_what_was_found_and_what_is_meant(
    place: Place,
) -> None:
    zone, step = Zone.anew(place), move(place, 50, came=10)
    zone(legacy=90, aws=10)
    assert drift(place)(step) == ()
    zone(legacy=90, aws=30)
    (hold,) = drift(place)(step)
    assert hold.why == (
        "weight of aws: api.payments.test has 30 with 2 s; phase-10 wants 10 with 2 s"
    )
    assert hold.remedy == (
        "see in CloudTrail who changed it, then put it back: "
        "name phase-10 as live and run payshift deliver --again"
    )
    zone(legacy=90, aws=10, somewhere=1)
    (hold,) = drift(place)(step)
    assert hold.why == "other records: api.payments.test also has somewhere"


def test_each_step_is_held_against_the_phase_that_it_leaves(place: Place) -> None:
    Zone.anew(place)(legacy=50, aws=50)
    assert drift(place)(move(place, 100, came=50)) == ()
    assert len(drift(place)(move(place, 50, came=10))) == 2
    # The first step leaves no phase: nothing was promised yet.
    assert drift(place)(move(place, 0, came=-1)) == ()


def test_changed_weights_never_hold_a_step_back(place: Place) -> None:
    Zone.anew(place)(legacy=0, aws=100)
    with pytest.raises(AdvanceRefused, match="phase-50 has to wait: weight of legacy: "):
        require_free_way((drift(place),), move(place, 50, came=10))
    require_free_way((drift(place),), move(place, 0, came=10, reason="down"))
    require_free_way((drift(place),), move(place, 10, came=10, reason="again"))


def test_a_replication_task_that_somebody_stopped_or_started_holds(place: Place) -> None:
    Zone.anew(place)(legacy=90, aws=10)
    tasks, step = Tasks.applied(place), move(place, 50, came=10)
    assert drift(place)(step) == ()
    tasks.stop("forward")
    (hold,) = drift(place)(step)
    assert hold.why == "task forward: stopped; phase-10 wants it running"
    assert "read why in the task's log" in hold.remedy
    tasks.start("forward")
    tasks.start("reverse")
    (hold,) = drift(place)(step)
    assert hold.why == "task reverse: running; phase-10 wants it at rest"


def test_a_replication_task_that_carries_something_else_holds(place: Place) -> None:
    Zone.anew(place)(legacy=90, aws=10)
    tasks, step = Tasks.applied(place), move(place, 50, came=10)
    tasks.replace("forward", TableMappings=mappings("payment", "another"))
    (hold,) = drift(place)(step)
    assert hold.why.endswith("table-name is another, not refund")
    assert "payshift deliver --foundation --only replication" in hold.remedy


def test_what_was_never_made_cannot_have_been_changed(place: Place) -> None:
    zone = Zone.anew(place)
    aws.route53(place.target.environment).delete_hosted_zone(Id=zone.id)
    assert drift(place)(move(place, 50, came=10)) == ()


def test_a_phase_in_force_without_a_file_holds_for_nobody_knows_what_it_wants(
    place: Place,
) -> None:
    step = move(place, 50, came=25)
    (hold,) = drift(place)(step)
    assert hold.why.startswith("no file says what phase-25 wants")
    assert hold.remedy == f"restore {place.phases}/phase-25.yaml"


@pytest.mark.parametrize(
    ("service", "asking"),
    [
        ("ROUTE_53", "reading the weights of api.payments.test"),
        ("DATABASE_MIGRATION_SERVICE", "comparing production with phase-10"),
        ("S3", "reading the state of replication"),
    ],
)
def test_an_aws_that_does_not_answer_is_no_free_way(
    place: Place, monkeypatch: pytest.MonkeyPatch, service: str, asking: str
) -> None:
    Zone.anew(place)(legacy=90, aws=10)
    monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(WorldError, match=f"{asking} failed: Could not connect"):
        drift(place)(move(place, 50, came=10))


def looks(place: Place) -> LastLooks:
    return LastLooks(aws.s3(place.target.environment), place.target.names)


def keep_look(place: Place, **outcomes: Outcome) -> None:
    """Keep a look at BEGUN in which the plan of each workspace ended so."""
    lines = {
        f"plan of {name.replace('_', '-')}": [Line(subject=name, outcome=one, message="what")]
        for name, one in outcomes.items()
    }
    looks(place).keep(LastLook.of(Report({"weights": (), **lines}), at=BEGUN))


def foundation(place: Place, step: Move, *, later: float = 1, known: int = 3) -> tuple[Hold, ...]:
    guard = FoundationDrift(
        looks=looks(place), known_hours=known, clock=lambda: BEGUN + timedelta(hours=later)
    )
    return guard(step)


def test_a_foundation_that_drifted_holds_until_a_later_look_finds_nothing(place: Place) -> None:
    step = move(place, 50, came=10)
    keep_look(place, network=Outcome.FAILED, data=Outcome.PASSED, service=Outcome.UNKNOWN)
    drifted, unknown = foundation(place, step)
    assert drifted.why == "the foundation drifted: network: what"
    assert drifted.remedy.endswith("then run the workflow drift, or payshift drift --keep")
    assert unknown.why == "nobody knows of the foundation: service: what"
    keep_look(place, network=Outcome.PASSED, data=Outcome.PASSED, service=Outcome.PASSED)
    assert foundation(place, step) == ()


def test_a_phase_is_no_foundation(place: Place) -> None:
    keep_look(place, network=Outcome.PASSED, phase_10=Outcome.FAILED)
    assert foundation(place, move(place, 50, came=10)) == ()


def test_a_look_of_long_ago_or_none_is_no_free_way(place: Place) -> None:
    step = move(place, 50, came=10)
    (hold,) = foundation(place, step)
    assert hold.why == "nobody has looked for drift of the foundation yet"
    keep_look(place, network=Outcome.PASSED)
    assert foundation(place, step, later=3) == ()
    (hold,) = foundation(place, step, later=3.1)
    assert hold.why == (
        "the last look for drift was at 2026-11-23 22:30 UTC, more than 3 hours ago"
    )
    # Where nobody looks by a schedule nothing is asked, and before the first phase neither.
    assert foundation(place, step, later=9, known=0) == ()
    assert foundation(place, move(place, 0, came=-1), later=9) == ()


def test_a_look_that_somebody_else_wrote_is_no_answer(place: Place) -> None:
    aws.s3(place.target.environment).put_object(
        Bucket=place.target.names.state_bucket, Key=place.target.names.drift_key, Body=b"{}"
    )
    with pytest.raises(WorldError, match="is not what payshift writes"):
        foundation(place, move(place, 50, came=10))
