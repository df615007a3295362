"""A crash, two deliveries at once, an S3 that fails: nothing ever disagrees without a word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.errors import PayshiftError, StateNotStored, WorldError
from app.pipeline import aws, unsaved_state
from app.pipeline.apply import Tools
from app.pipeline.deliver import Delivery, deliver
from app.pipeline.evidence import STARTED, Evidence, Record
from app.pipeline.report import Progress, silent
from app.pipeline.target import Target
from app.pipeline.workspaces import Workspaces
from tests.pipeline.conftest import Place
from tests.pipeline.flaky import BROKEN, THROTTLED, Way, way_to
from tests.pipeline.journey import Journey

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("attached"),
]


class Crashed(BaseException):
    """Stands for the end of the process at this point."""


class DiesOnceStarted(Evidence):
    """Evidence of a process that ends between its plan and its apply."""

    def write(
        self, run_id: str, kind: str, record: Record, *, required: bool, progress: Progress = silent
    ) -> None:
        """Store it as ever; the first record is the last act."""
        super().write(run_id, kind, record, required=required, progress=progress)
        if kind == STARTED:
            raise Crashed


@pytest.fixture
def way(aws_endpoint: str, monkeypatch: pytest.MonkeyPatch, place: Place) -> Iterator[Way]:
    assert place  # its buckets are there before anything breaks
    with way_to(aws_endpoint) as found:
        monkeypatch.setenv("AWS_ENDPOINT_URL", found.url)
        yield found


def go(place: Place, number: int, tools: Tools | None = None) -> Delivery:
    phases = place.set_live(number)
    return deliver(tools or place.tools(), phases, find_world=place.world)


def test_a_crash_between_plan_and_apply_is_known_and_taken_up(
    place: Place, journey: Journey
) -> None:
    journey(place, 0)
    evidence = place.evidence()
    dying = DiesOnceStarted(evidence.s3, evidence.bucket, evidence.directory)
    with pytest.raises(Crashed):
        go(place, 10, replace(place.tools(), evidence=dying))
    # Nothing was applied, and evidence knows of a run without an end.
    assert place.world().number == 0
    unfinished = place.evidence().unfinished()
    assert unfinished is not None
    assert (unfinished.number, unfinished.from_number) == (10, 0)
    assert [one.move.from_number for one in go(place, 10).applied] == [0]
    assert place.world().number == 10
    assert place.evidence().unfinished() is None


@pytest.mark.usefixtures("unattached")
def test_two_deliveries_at_once_end_in_one_of_their_phases_and_the_next_one_agrees(
    place: Place,
    journey: Journey,
) -> None:
    journey(place, 0)
    phases = place.set_live(10)

    def run(number: int) -> Delivery | PayshiftError:
        target = Target(place.target.environment, place.target.build / str(number))
        tools = replace(place.tools(), workspaces=Workspaces(place.source, target.work))
        try:
            return deliver(tools, phases, find_world=place.world)
        except PayshiftError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(run, (1, 2)))
    assert any(isinstance(one, Delivery) for one in ended)
    # Who came second applied nothing on top, or says that it failed: never a silent half.
    assert all(isinstance(one, Delivery | WorldError) for one in ended)
    assert place.world().number == 10
    go(place, 10)
    assert go(place, 10).applied == ()
    assert place.evidence().unfinished() is None
    listed = aws.s3(place.target.environment).list_objects_v2(
        Bucket=place.target.names.state_bucket
    )
    assert [one["Key"] for one in listed["Contents"] if one["Key"].endswith(".tflock")] == []


def test_an_s3_that_throttles_for_a_while_holds_a_delivery_up_and_no_more(
    place: Place, way: Way
) -> None:
    left = {"GET": 2, "PUT": 2}

    def breaks(method: str, _path: str) -> tuple[int, str] | None:
        if left.get(method, 0) > 0:
            left[method] -= 1
            return THROTTLED if left[method] else BROKEN
        return None

    way.breaks = breaks
    go(place, 0)
    assert len(way.broken) == 4
    assert place.world().number == 0
    assert place.evidence().unfinished() is None


def test_without_evidence_nothing_goes_up_and_everything_goes_down(
    place: Place, journey: Journey, way: Way
) -> None:
    journey(place, 0, 10)
    bucket = place.target.names.evidence_bucket
    way.breaks = lambda method, path: BROKEN if method == "PUT" and bucket in path else None
    with pytest.raises(WorldError, match="storing the evidence"):
        go(place, 50)
    assert place.world().number == 10
    go(place, 0)
    assert place.world().number == 0


EXPIRED = (400, "ExpiredToken")


def saves_no_state(way: Way, name: str, *, times: int | None = None) -> None:
    """Refuse to store the state of a workspace, a number of times or for good."""
    left = [times]

    def breaks(method: str, path: str) -> tuple[int, str] | None:
        if method != "PUT" or f"{name}.tfstate" not in path or ".tflock" in path or left == [0]:
            return None
        if left[0] is not None:
            left[0] -= 1
        return BROKEN

    way.breaks = breaks


def stored(place: Place, name: str) -> set[str]:
    """The addresses in the state that the bucket has."""
    kept = aws.s3(place.target.environment).get_object(
        Bucket=place.target.names.state_bucket, Key=place.target.names.state_key(name)
    )
    resources = json.loads(kept["Body"].read())["resources"]
    return {f"{one['type']}.{one['name']}" for one in resources}


def test_a_lock_that_the_same_failure_left_is_released_by_the_run_that_held_it(
    place: Place, journey: Journey, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsaved_state, "WAITS_SECONDS", (0.0,))
    journey(place, 0)
    saves_no_state(way, "phase-10", times=5)
    refuses_state, kept = way.breaks, [5]

    def breaks(method: str, path: str) -> tuple[int, str] | None:
        if method == "DELETE" and "phase-10.tfstate.tflock" in path and way.broken and kept[0]:
            kept[0] -= 1
            return BROKEN
        return refuses_state(method, path)

    way.breaks = breaks
    go(place, 10)
    assert kept == [0]  # fact: Terraform could not let go of it
    assert stored(place, "phase-10") == MADE
    listed = aws.s3(place.target.environment).list_objects_v2(
        Bucket=place.target.names.state_bucket
    )
    assert [one["Key"] for one in listed["Contents"] if one["Key"].endswith(".tflock")] == []


MADE = {"aws_ssm_parameter.features", "terraform_data.gate"}


def test_a_state_that_could_not_be_stored_at_once_is_stored_and_the_delivery_is_done(
    place: Place, journey: Journey, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsaved_state, "WAITS_SECONDS", (0.0,))
    journey(place, 0)
    saves_no_state(way, "phase-10", times=5)  # as often as one Terraform asks
    go(place, 10)
    assert place.world().number == 10
    assert place.evidence().unfinished() is None
    assert stored(place, "phase-10") == MADE
    assert not list(place.target.work.rglob(unsaved_state.UNSAVED))


def test_a_state_that_cannot_be_stored_is_kept_and_the_next_run_stores_it_first(
    place: Place, journey: Journey, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsaved_state, "WAITS_SECONDS", ())
    journey(place, 0)
    saves_no_state(way, "phase-10")
    with pytest.raises(StateNotStored, match="phase-10 was changed, but its state") as failure:
        go(place, 10)
    kept = place.target.work / "phase-10" / unsaved_state.UNSAVED
    assert str(kept) in failure.value.remedy
    with pytest.raises(StateNotStored):  # nothing is applied on top of it
        go(place, 10)
    way.breaks = lambda _method, _path: None
    said: list[str] = []
    go(place, 10, replace(place.tools(), progress=said.append))
    assert not kept.exists()
    assert stored(place, "phase-10") == MADE
    assert place.evidence().unfinished() is None
    # fact: what was made is known again, so it is not made again; the gate hears of the new run
    assert "phase-10: 0 to add, 1 to change, 0 to destroy" in said


@pytest.mark.usefixtures("unattached")  # its provider takes the way that breaks, too
def test_a_token_that_expires_before_an_apply_changes_nothing_and_says_what_helps(
    place: Place, journey: Journey, way: Way
) -> None:
    journey(place, 0)

    class Expires(Evidence):
        def write(
            self,
            run_id: str,
            kind: str,
            record: Record,
            *,
            required: bool,
            progress: Progress = silent,
        ) -> None:
            super().write(run_id, kind, record, required=required, progress=progress)
            way.breaks = lambda _method, _path: EXPIRED

    target = place.target
    evidence = Expires(
        aws.s3(target.environment), target.names.evidence_bucket, target.build / "deliver/records"
    )
    with pytest.raises(PayshiftError) as failure:
        go(place, 10, replace(place.tools(), evidence=evidence))
    assert "sign in" in failure.value.remedy
    way.breaks = lambda _method, _path: None
    assert place.world().number == 0
    go(place, 10)
    assert place.world().number == 10
    assert place.evidence().unfinished() is None
