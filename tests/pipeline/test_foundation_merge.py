"""A merge applies to the foundation what its pull request showed, with real Terraform."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from app.errors import PlanDiffers, ReleaseRefused
from app.pipeline.foundation import apply_foundation
from app.pipeline.foundation_merge import apply_reviewed
from app.pipeline.review.effect import Change, StateMark
from app.pipeline.review.judge import Judge
from app.pipeline.review.markdown import comment
from app.pipeline.review.prepare import Preview, preview
from app.pipeline.review.record import PlannedWorkspace, Review
from app.pipeline.state.stateful import losses
from tests.pipeline.conftest import Client, Place, workspace, write_workspace
from tests.pipeline.test_foundation import write_order

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

COMMIT = "c" * 40
CODE = "d" * 64


def name_of(place: Place, workspace_name: str) -> str:
    return f"/{place.target.environment.name}/{workspace_name}"


def write(place: Place, name: str, value: str | None, *, suffix: str = "") -> None:
    """Write a workspace of a parameter, which holds data, and a rule, which does not."""
    resource: dict[str, Any] = {
        "aws_cloudwatch_event_rule": {
            "made": {
                "name": f"{place.target.environment.name}-{name}",
                "description": value or "",
                "schedule_expression": "rate(1 day)",
            }
        }
    }
    if value is not None:
        parameter = {
            "name": name_of(place, name) + suffix,
            "type": "String",
            "insecure_value": value,
        }
        resource["aws_ssm_parameter"] = {"kept": {**parameter, "overwrite": True}}
    write_workspace(place.source, name, workspace(place.target, name, resource=resource))


@pytest.fixture
def applied(place: Place) -> Place:
    """Two workspaces, applied by a person."""
    for name in ("network", "data"):
        write(place, name, "first")
    write_order(place, {"network": (), "data": ()})
    apply_foundation(place.tools())
    return place


def show(place: Place, changed: Sequence[str]) -> Preview:
    """Plan as a pull request that changes those workspaces does."""
    return preview(place.tools(), place.set_live(0), world=place.world(), changed=changed)


def review_of(place: Place, found: Preview) -> Review:
    return found.as_review(commit=COMMIT, code=CODE, workspaces=place.tools().workspaces)


def merge(place: Place, review: Review | None) -> dict[str, float]:
    """Do what the job does after the phase."""
    tools = place.tools(progress=place.said.append)
    judge = Judge(
        find=lambda: review,
        begun=lambda _move: None,
        code=CODE,
        workspaces=tools.workspaces,
        required=True,
        progress=place.said.append,
    )
    return apply_reviewed(replace(tools, judge=judge), review)


def values(place: Place, client: Client) -> dict[str, str]:
    """Return what the parameters hold, by workspace."""
    names = [name_of(place, name) for name in ("network", "data")]
    found = client("ssm").get_parameters(Names=names)["Parameters"]
    return {one["Name"].rpartition("/")[2]: one["Value"] for one in found}


def test_only_what_was_shown_is_applied_and_evidence_tells_of_it(
    applied: Place, client: Client
) -> None:
    for name in ("network", "data"):
        write(applied, name, "second")
    found = show(applied, ["network"])
    review = review_of(applied, found)
    text = comment(found, environment="local", commit=COMMIT)
    assert "| network | 0 | 2 | 0 | yes, after the phase |" in text
    assert set(merge(applied, review)) == {"network"}
    assert values(applied, client) == {"network": "second", "data": "first"}
    assert f"network: as reviewed at {COMMIT[:12]}" in applied.said
    started, finished = (applied.records(kind)[-1] for kind in ("started", "finished"))
    assert (started["workspace"], started["commit"]) == ("network", "c0ffee")
    assert started["review"]["reviewed"] == COMMIT
    assert started["plan"]["change"] == 2
    assert finished["outcome"] == "done"
    # No apply of a phase is taken for unfinished because of it.
    assert applied.evidence().unfinished() is None
    records = len(applied.records("started"))
    assert set(merge(applied, review)) == {"network"}
    assert len(applied.records("started")) == records


def test_a_merge_delivers_no_function_before_there_is_an_image(place: Place) -> None:
    shown = [
        PlannedWorkspace(
            workspace=name,
            from_phase=None,
            state=StateMark(lineage="", serial=0),
            changes=(Change(address="one", actions=("create",), values={}),),
        )
        for name in ("network", "service")
    ]
    review = Review(
        commit=COMMIT, live="phase-0", code=CODE, lock=CODE, synthesized={}, plans=tuple(shown)
    )
    with pytest.raises(ReleaseRefused, match="names no image yet"):
        apply_reviewed(place.tools(), review, needs_images=place.set_live(0))


def test_what_nobody_saw_is_not_applied(applied: Place, client: Client) -> None:
    write(applied, "network", "second")
    review = review_of(applied, show(applied, ["network"]))
    write(applied, "network", "third")
    with pytest.raises(PlanDiffers) as refusal:
        merge(applied, review)
    said = refusal.value.message
    assert "network was not applied: it would not do what was reviewed" in said
    assert "aws_cloudwatch_event_rule.made: description becomes third, reviewed was second" in said
    assert values(applied, client)["network"] == "first"


def test_the_rest_of_what_broke_off_is_applied(applied: Place, client: Client) -> None:
    write(applied, "network", "second")
    review = review_of(applied, show(applied, ["network"]))
    client("ssm").put_parameter(
        Name=name_of(applied, "network"), Value="second", Type="String", Overwrite=True
    )
    assert set(merge(applied, review)) == {"network"}
    assert applied.records("started")[-1]["plan"]["change"] == 1


def test_a_merge_destroys_nothing_that_holds_data(applied: Place, client: Client) -> None:
    write(applied, "network", None)
    write(applied, "data", "second", suffix="-renamed")
    found = show(applied, ["data", "network"])
    assert losses(found.summaries["data"].actions) == ("replace aws_ssm_parameter.kept",)
    by_hand = "payshift deliver --foundation --only network"
    assert f"| network | 0 | 1 | 1 | no, it destroys: `{by_hand}` |" in comment(
        found, environment="local", commit=COMMIT
    )
    with pytest.raises(PlanDiffers) as refusal:
        merge(applied, review_of(applied, found))
    assert "data would replace aws_ssm_parameter.kept" in refusal.value.message
    assert "network would delete aws_ssm_parameter.kept" in refusal.value.message
    assert refusal.value.remedy.endswith("--foundation --only data --only network")
    assert values(applied, client) == {"network": "first", "data": "first"}


def test_a_loss_that_the_review_did_not_show_yet_is_none_either(applied: Place) -> None:
    write(applied, "network", "second")
    review = review_of(applied, show(applied, ["network"]))
    tools = applied.tools()
    directory = tools.workspaces.prepare("network")
    subprocess.run(
        [tools.terraform.binary, "taint", "aws_ssm_parameter.kept"],
        cwd=directory, env={**os.environ, **tools.terraform.variables}, check=True,
    )  # fmt: skip
    with pytest.raises(PlanDiffers, match=r"network would replace aws_ssm_parameter\.kept"):
        merge(applied, review)


def test_without_a_plan_that_somebody_saw_the_foundation_is_left_as_it_is(place: Place) -> None:
    assert merge(place, None) == {}
    assert place.said == ["no pull request showed a plan: the foundation is left as it is"]
    place.said.clear()
    seen = Review(
        commit=COMMIT, live="phase-0", code=CODE, lock=CODE, synthesized={}, plans=()
    )  # as of a pull request that moves the phase alone
    assert merge(place, seen) == {}
    assert place.said == ["the foundation stays as it is"]
