"""What a pull request showed is what a delivery applies, with real Terraform."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from app.errors import PlanDiffers, WorldError
from app.pipeline import aws
from app.pipeline.deliver import Delivery, deliver
from app.pipeline.evidence import FINISHED, STARTED, Entered, Evidence, Record
from app.pipeline.report import Progress, silent
from app.pipeline.review.judge import Judge
from app.pipeline.review.lookup import review_of_begun
from app.pipeline.review.prepare import changed_workspaces, preview
from app.pipeline.review.record import Review
from app.pipeline.review.store import Reviews
from app.pipeline.workspaces import Workspaces
from tests.pipeline.conftest import Place
from tests.pipeline.journey import Journey

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("attached"),
]

COMMIT, OTHER = "c" * 40, "e" * 40
CODE = "d" * 64


def reviews(place: Place) -> Reviews:
    return Reviews(aws.s3(place.target.environment), place.target.names)


def open_pull_request(place: Place, number: int, *, changed: Sequence[str] = ()) -> Review:
    """Plan as a pull request that moves live to a number does, and keep what it showed."""
    tools, phases = place.tools(), place.set_live(number)
    found = preview(tools, phases, world=place.world(), changed=changed)
    review = found.as_review(commit=COMMIT, code=CODE, workspaces=tools.workspaces)
    reviews(place).keep(review)
    return review


def merge(
    place: Place,
    number: int,
    *,
    required: bool = True,
    code: str = CODE,
    commit: str = COMMIT,
    evidence: Evidence | None = None,
) -> Delivery:
    """Deliver as the merge of that pull request does."""
    phases = place.set_live(number)
    tools = place.tools(progress=place.said.append)
    tools = replace(tools, evidence=evidence or tools.evidence)
    judge = Judge(
        find=lambda: reviews(place).find(commit),
        begun=partial(review_of_begun, evidence=tools.evidence, reviews=reviews(place)),
        code=code,
        workspaces=tools.workspaces,
        required=required,
        progress=place.said.append,
    )
    return deliver(replace(tools, judge=judge), phases, find_world=place.world)


def test_a_step_that_does_what_was_reviewed_is_applied_and_evidence_says_so(
    place: Place, journey: Journey
) -> None:
    journey(place, 0)
    review = open_pull_request(place, 10)
    assert [(one.workspace, one.from_phase) for one in review.plans] == [("phase-10", 0)]
    merge(place, 10)
    assert place.world().number == 10
    assert f"phase-10: as reviewed at {COMMIT[:12]}" in place.said
    record: dict[str, Any] = place.records("started")[-1]["review"]
    assert record["reviewed"] == COMMIT
    assert len(record["digest"]) == 64


def test_a_step_that_nobody_reviewed_is_refused_and_going_back_is_not(place: Place) -> None:
    with pytest.raises(PlanDiffers) as refusal:
        merge(place, 0)
    assert refusal.value.message == (
        "nothing → phase-0 (up) was not applied: no pull request showed its plan of phase-0"
    )
    assert refusal.value.remedy.startswith("open a pull request: it shows this plan")
    assert refusal.value.exit_code == 1
    merge(place, 10, required=False)
    merge(place, 0)
    assert place.world().number == 0


def test_code_that_moved_stops_only_what_has_another_effect(place: Place, journey: Journey) -> None:
    journey(place, 0)
    open_pull_request(place, 10)
    # Another digest of the code, but the same plan: it goes on, and says why it looked.
    merge(place, 10, code="e" * 64)
    assert f"phase-10: as reviewed at {COMMIT[:12]}, although the code has changed since" in (
        place.said
    )
    open_pull_request(place, 50)
    place.write_phase(50, refuses="never asked")
    file = place.source / "stacks" / "phase-50" / "cdk.tf.json"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace('\\"aws_percent\\": 50', '\\"aws_percent\\": 70'), encoding="utf-8"
    )
    before = len(place.records("started"))
    with pytest.raises(PlanDiffers) as refusal:
        merge(place, 50, code="e" * 64)
    said = refusal.value.message
    assert "phase-50 was not applied: it would not do what was reviewed" in said
    assert "(the code has changed)" in said
    assert "aws_ssm_parameter.features: value becomes (sensitive), reviewed was (sensitive)" in said
    assert len(place.records("started")) == before
    assert place.world().number == 10


def test_a_state_that_moved_is_compared_again(place: Place, journey: Journey) -> None:
    journey(place, 0, 10, 0)
    open_pull_request(place, 10)
    # Somebody went there and came back: the same effect, on a newer state.
    merge(place, 10)
    merge(place, 0)
    place.said.clear()
    merge(place, 10)
    (said,) = [line for line in place.said if "as reviewed at" in line]
    assert "although the state has moved (serial" in said
    assert place.world().number == 10


def test_a_world_changed_by_hand_stops_a_step_that_would_undo_it(
    place: Place, journey: Journey
) -> None:
    journey(place, 0, 10, 0)
    open_pull_request(place, 10)
    ssm, name = aws.ssm(place.target.environment), place.target.names.features_parameter
    ssm.add_tags_to_resource(
        ResourceType="Parameter", ResourceId=name, Tags=[{"Key": "keep", "Value": "out"}]
    )
    with pytest.raises(PlanDiffers) as refusal:
        merge(place, 10)
    assert "(neither code nor state has: somebody changed AWS)" in refusal.value.message
    assert "tags.keep becomes nothing, which nobody reviewed" in refusal.value.message
    assert place.world().number == 0


def test_a_garbled_review_stops_the_step_and_not_the_way_back(
    place: Place, journey: Journey
) -> None:
    journey(place, 0, 10)
    aws.s3(place.target.environment).put_object(
        Bucket=place.target.names.state_bucket,
        Key=place.target.names.review_key(COMMIT),
        Body=b'{"commit": "rm -rf"}',
    )
    with pytest.raises(WorldError, match="is not what payshift writes"):
        merge(place, 50)
    merge(place, 0)
    assert place.world().number == 0


class DiesBeforeItsEnd(Evidence):
    """Evidence of a process that is killed when all was applied, before it could say so."""

    def write(
        self, run_id: str, kind: str, record: Record, *, required: bool, progress: Progress = silent
    ) -> None:
        """Store it as ever; the last record is never written."""
        if kind == FINISHED:
            raise SystemExit
        super().write(run_id, kind, record, required=required, progress=progress)


def break_off(place: Place, number: int) -> None:
    """Merge a pull request whose delivery dies behind what clients see."""
    open_pull_request(place, number)
    evidence = place.evidence()
    dying = DiesBeforeItsEnd(evidence.s3, evidence.bucket, evidence.directory)
    with pytest.raises(SystemExit):
        merge(place, number, evidence=dying)
    assert place.world().number == number


def test_finishing_a_step_up_does_what_was_reviewed_when_it_began(
    place: Place, journey: Journey
) -> None:
    journey(place, 0)
    break_off(place, 10)
    # The next merge, of whatever, shows no plan of a phase that production stands in already.
    place.said.clear()
    done = merge(place, 10, commit=OTHER)
    assert [one.move.reason for one in done.applied] == ["resume"]
    since = "although the state is another since"  # it was shown before there was one
    assert f"phase-10: as reviewed at {COMMIT[:12]}, {since}" in place.said
    assert place.evidence().unfinished() is None


def test_finishing_a_step_up_does_nothing_that_nobody_reviewed(
    place: Place, journey: Journey
) -> None:
    journey(place, 0)
    break_off(place, 10)
    file = place.source / "stacks/phase-10/cdk.tf.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    stranger = {"name": f"{place.target.names.features_parameter}-stranger", "type": "String"}
    content["resource"]["aws_ssm_parameter"]["stranger"] = stranger | {"value": "never reviewed"}
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(PlanDiffers) as refusal:
        merge(place, 10, commit=OTHER)
    assert "aws_ssm_parameter.stranger: create, which nobody reviewed" in refusal.value.message
    assert place.world().number == 10


def test_finishing_a_step_up_that_was_never_reviewed_is_refused_and_going_back_is_not(
    place: Place, journey: Journey
) -> None:
    journey(place, 0)
    evidence = place.evidence()
    dying = DiesBeforeItsEnd(evidence.s3, evidence.bucket, evidence.directory)
    with pytest.raises(SystemExit):
        deliver(replace(place.tools(), evidence=dying), place.set_live(10), find_world=place.world)
    with pytest.raises(PlanDiffers, match="showed its plan of phase-10 from phase-0"):
        merge(place, 10)
    merge(place, 0)
    assert place.world().number == 0


def test_what_a_phase_was_entered_by_is_known_also_when_it_was_from_elsewhere(
    place: Place,
) -> None:
    evidence = place.evidence()
    for run, came, reviewed in (("a", 0, "1f"), ("b", 50, "2e"), ("c", 50, None)):
        record = {"phase": 10, "from_phase": came, "review": {"reviewed": reviewed}}
        evidence.write(run, STARTED, record, required=True)
    evidence.write("d", STARTED, {"phase": 50, "from_phase": 10}, required=True)
    assert evidence.last_reviewed(10, from_number=0) == Entered(0, "1f")
    assert evidence.last_reviewed(10, from_number=50) == Entered(50, "2e")
    assert evidence.last_reviewed(10, from_number=100) == Entered(50, "2e")
    assert evidence.last_reviewed(50, from_number=10) is None


@pytest.mark.usefixtures("unattached")
def test_only_workspaces_whose_code_changed_are_planned_beside_the_steps(place: Place) -> None:
    tools = place.tools()
    before = place.source.with_name("base")
    other = Place(place.target, place.phases, before)
    for number in (0, 10, 50, 100):
        other.write_phase(number)
    assert changed_workspaces(tools.workspaces, before) == ()
    place.write_phase(100, refuses="a new limit")
    changed = changed_workspaces(Workspaces(place.source, tools.workspaces.work), before)
    assert changed == ("phase-100",)
    review = open_pull_request(place, 0, changed=changed)
    assert [one.workspace for one in review.plans] == ["phase-0", "phase-100"]
