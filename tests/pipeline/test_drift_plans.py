"""Drift that plans show, and the issue that tells of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.pipeline import aws
from app.pipeline.drift.context import DriftContext
from app.pipeline.drift.last_look import LastLook
from app.pipeline.drift.noise import Noise
from app.pipeline.drift.plans import Planner, last_run
from app.pipeline.drift.run import find_drift, write_issue
from app.pipeline.probing.base import Line, Outcome
from app.pipeline.probing.report import Report
from app.pipeline.state.document import StateDocument
from app.pipeline.state.versions import StateVersions
from app.pipeline.world import World
from tests.pipeline.conftest import Client, Place, workspace, write_workspace

FEATURES = {
    "writer": "legacy",
    "reads": "writer",
    "shadow_reads_percent": 0,
    "reverse_replication": False,
}


def line(outcome: Outcome, message: str = "what") -> Line:
    return Line(subject="about", outcome=outcome, message=message)


def test_an_issue_is_written_for_drift_emptied_when_all_is_well_and_left_when_unknown(
    tmp_path: Path,
) -> None:
    file = tmp_path / "drift.md"
    write_issue(Report({"a": [line(Outcome.FAILED)]}), file=file, environment="production")
    assert "| failed | about | what |  |" in file.read_text(encoding="utf-8")
    write_issue(Report({"a": [line(Outcome.PASSED)]}), file=file, environment="production")
    assert file.read_text(encoding="utf-8") == ""
    write_issue(Report({"a": [line(Outcome.UNKNOWN)]}), file=file, environment="production")
    assert not file.exists()


def test_what_stands_in_an_issue_stays_in_its_cell_and_calls_nobody() -> None:
    hostile = "a | <b> [x](y) `c`\n@everyone #1"
    table = Report({"a": [line(Outcome.FAILED, hostile)]}).markdown(outcomes=(Outcome.FAILED,))
    row = table.splitlines()[2]
    assert row == ("| failed | about | a \\| \\<b\\> \\[x\\](y) \\`c\\` @\u200beveryone \\#1 |  |")


def test_a_phases_plan_is_made_with_the_variables_of_its_last_apply() -> None:
    attributes = {"parameters": {"RunId": "r", "FromPhase": "0"}}
    stack = {"mode": "managed", "type": "aws_cloudformation_stack", "name": "before",
             "instances": [{"attributes": attributes}]}  # fmt: skip
    state = {"version": 4, "serial": 1, "lineage": "x", "resources": [stack]}
    found = last_run(StateDocument.parse(json.dumps(state).encode()))
    assert found == {"run_id": "r", "from_phase": 0}


def planner(place: Place, *noise: Noise) -> Planner:
    versions = StateVersions(aws.s3(place.target.environment), place.target.names)
    return Planner(place.tools(), versions, noise)


@pytest.mark.slow
@pytest.mark.usefixtures("attached")
def test_a_change_behind_terraforms_back_is_found_by_a_plan_that_takes_no_lock(
    place: Place, client: Client
) -> None:
    s3, names = aws.s3(place.target.environment), place.target.names
    s3.put_bucket_versioning(
        Bucket=names.state_bucket, VersioningConfiguration={"Status": "Enabled"}
    )

    def locks() -> int:
        listed = s3.list_object_versions(
            Bucket=names.state_bucket, Prefix=names.lock_key("network")
        )
        return len(listed.get("Versions", []))

    topic = {"aws_sns_topic": {"alarms": {"name": "alarms-of-drift", "display_name": "meant"}}}
    write_workspace(place.source, "network", workspace(place.target, "network", resource=topic))
    tools = place.tools()
    directory = tools.workspaces.prepare("network")
    tools.terraform.init(directory)
    tools.terraform.apply(tools.terraform.plan(directory))
    taken = locks()
    assert [one.message for one in planner(place).lines(world=World())["network"]] == [
        "as its code says"
    ]
    sns = client("sns")
    (found,) = [one for one in sns.list_topics()["Topics"]
                if one["TopicArn"].endswith(":alarms-of-drift")]  # fmt: skip
    sns.set_topic_attributes(
        TopicArn=found["TopicArn"], AttributeName="DisplayName", AttributeValue="other"
    )
    context = DriftContext(
        environment=place.target.environment, phases=place.set_live(10), world=World(),
        client=client,
    )  # fmt: skip
    report = find_drift(planner(place), context)
    changed = [(one.outcome, one.message) for one in report.lines_by_probe["plan of network"]]
    assert changed == [(Outcome.FAILED, "an apply would update display_name (changed outside)")]
    (kept,) = LastLook.of(report, at=context.now).workspaces
    assert (kept.name, kept.unknown) == ("network", ())
    assert kept.drifted == (
        "network: aws_sns_topic.alarms: an apply would update display_name (changed outside)",
    )
    assert locks() == taken > 0
    s3.put_object(
        Bucket=names.state_bucket, Key=names.lock_key("network"), Body=b'{"Who": "somebody"}'
    )
    (locked,) = planner(place).lines(world=World())["network"]
    assert (locked.outcome, "being changed by somebody" in locked.message) == (
        Outcome.UNKNOWN,
        True,
    )


@pytest.mark.slow
def test_only_the_phase_in_force_is_planned_and_what_was_never_applied_cannot_drift(
    place: Place,
) -> None:
    found = planner(place).lines(world=World(10, 10, FEATURES))
    assert {name: [one.message for one in lines] for name, lines in found.items()} == {
        "phase-10": ["was never applied: nothing of it can drift"]
    }
