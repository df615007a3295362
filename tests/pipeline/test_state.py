"""Bringing an older state back, with real Terraform against S3 over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.errors import InputError, RestoreRefused, StateLocked, TerraformFailed
from app.pipeline import aws
from app.pipeline.deliver import deliver
from app.pipeline.evidence import Unfinished, who
from app.pipeline.state.authors import Authors, authors_of
from app.pipeline.state.document import StateDocument, difference
from app.pipeline.state.restore import Preview, preview, restore
from app.pipeline.state.stateful import losses
from app.pipeline.state.versions import StateVersion, StateVersions
from tests.pipeline.conftest import Place, workspace, write_workspace
from tests.pipeline.flaky import way_to

pytestmark = pytest.mark.slow
NAME = "network"


@pytest.fixture
def versions(place: Place) -> StateVersions:
    s3 = aws.s3(place.target.environment)
    s3.put_bucket_versioning(
        Bucket=place.target.names.state_bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    return StateVersions(s3, place.target.names)


def write(place: Place, *, guarded: bool = False, **values: str) -> None:
    """Write a workspace with a piece of data for each value; no provider makes it quick."""
    lifecycle = {"lifecycle": {"prevent_destroy": True}} if guarded else {}
    pieces = {name: {"input": value, **lifecycle} for name, value in values.items()}
    content = workspace(place.target, NAME, resource={"terraform_data": pieces} if pieces else {})
    del content["provider"], content["terraform"]["required_providers"]
    write_workspace(place.source, NAME, content)


def apply(place: Place, *, guarded: bool = False, **values: str) -> None:
    """Apply that workspace."""
    write(place, guarded=guarded, **values)
    tools = place.tools()
    directory = tools.workspaces.prepare(NAME)
    tools.terraform.init(directory)
    tools.terraform.apply(tools.terraform.plan(directory))


def look(place: Place, versions: StateVersions, version: StateVersion) -> Preview:
    return preview(place.tools(), versions, workspace=NAME, version=version.id, world=place.world())


def put(versions: StateVersions, **changes: Any) -> StateVersion:
    """Store a state that nobody applied; returns its version."""
    content = {"version": 4, "serial": 1, "lineage": "one", "resources": [], "outputs": {}}
    versions.s3.put_object(
        Bucket=versions.names.state_bucket,
        Key=versions.names.state_key(NAME),
        Body=json.dumps(content | changes).encode(),
    )
    return versions.newest(NAME, count=1)[0]


def test_versions_are_listed_newest_first_with_their_serials(
    place: Place, versions: StateVersions
) -> None:
    apply(place, a="1")
    apply(place, a="2")
    newest, oldest = versions.newest(NAME)
    assert (newest.newest, oldest.newest) == (True, False)
    assert newest.document.serial > oldest.document.serial
    assert newest.document.lineage == oldest.document.lineage
    assert [one.id for one in versions.newest(NAME, count=1)] == [newest.id]
    # fact: the beginning of an id is enough as long as it is nobody else's
    assert versions.find(NAME, oldest.id[:30]).id == oldest.id
    with pytest.raises(InputError, match=r"2 versions of network begins with"):
        versions.find(NAME, "")
    found = difference(oldest.document, newest.document)
    assert found.changed == {"terraform_data.a": ("input", "output")}


def test_a_workspace_without_a_state_is_said_so(versions: StateVersions) -> None:
    with pytest.raises(InputError, match="workspace nothing has no state"):
        versions.newest("nothing")


def test_an_older_version_becomes_the_newest_and_is_applied(
    place: Place, versions: StateVersions
) -> None:
    apply(place, a="1", b="1")
    whole, *_ = versions.newest(NAME)
    apply(place, a="1")
    write(place, a="1", b="1")
    found = look(place, versions, whole)
    assert found.serial == versions.newest(NAME)[0].document.serial + 1
    assert found.summary.empty  # fact: with the old state, the code that knows b is up to date
    restore(place.tools(), found, reason="the night of the test")
    after, *_ = versions.newest(NAME)
    assert after.document.lineage == whole.document.lineage
    assert after.document.serial >= found.serial
    assert after.document.resources() == whole.document.resources()
    started, finished = place.records("started")[-1], place.records("finished")[-1]
    assert (started["command"], started["reason"]) == ("restore", "the night of the test")
    assert finished["outcome"] == "done"


def test_looking_changes_nothing(place: Place, versions: StateVersions) -> None:
    apply(place, a="1")
    apply(place, a="2")
    before = [one.id for one in versions.newest(NAME)]
    found = look(place, versions, versions.newest(NAME)[1])
    assert found.summary.actions == (("terraform_data.a", "update"),)
    assert [one.id for one in versions.newest(NAME)] == before
    assert place.records("started") == []


def test_a_plan_that_would_destroy_what_is_guarded_is_refused(
    place: Place, versions: StateVersions
) -> None:
    apply(place, a="1")
    apply(place, a="2")
    content = dict(versions.newest(NAME)[1].document.content)
    # What triggers a replacement of `a` once the older state is in force.
    content["resources"][0]["instances"][0]["status"] = "tainted"
    older = put(versions, **content)
    newest = put(versions, **dict(versions.newest(NAME)[1].document.content) | {"serial": 9})
    write(place, guarded=True, a="2")
    with pytest.raises(RestoreRefused, match="restoring network would destroy what is guarded"):
        look(place, versions, older)
    assert versions.newest(NAME)[0].id == newest.id


@pytest.mark.parametrize(
    ("action", "lost"), [("delete", True), ("replace", True), ("update", False), ("create", False)]
)
@pytest.mark.parametrize(
    ("address", "stateful"),
    [
        ("aws_rds_cluster.database_cluster", True),
        ("module.x.aws_kms_key.database_key[0]", True),
        ("aws_route53_record.weight_aws", True),
        ("aws_lambda_function.validator_function", False),
        ("terraform_data.a", False),
    ],
)
def test_what_holds_data_must_not_be_lost(
    address: str, action: str, *, stateful: bool, lost: bool
) -> None:
    found = losses(((address, action),))
    assert found == ((f"{action} {address}",) if stateful and lost else ())


def test_a_foreign_lineage_is_refused(place: Place, versions: StateVersions) -> None:
    stranger = put(versions, lineage="another")
    put(versions, serial=2)
    with pytest.raises(RestoreRefused, match="lineage another, not one"):
        look(place, versions, stranger)


def test_the_version_in_force_is_refused(place: Place, versions: StateVersions) -> None:
    newest = put(versions)
    with pytest.raises(RestoreRefused, match="is in force already"):
        look(place, versions, newest)


def test_a_workspace_that_is_being_applied_is_left_alone(
    place: Place, versions: StateVersions
) -> None:
    apply(place, a="1")
    apply(place, a="2")
    found = look(place, versions, versions.newest(NAME)[1])
    versions.s3.put_object(
        Bucket=versions.names.state_bucket,
        Key=f"{versions.names.state_key(NAME)}.tflock",
        Body=json.dumps(
            {"ID": "1", "Who": "somebody@ci", "Created": "2026-01-01T00:00:00Z"}
        ).encode(),
    )
    with pytest.raises(StateLocked, match="network is being changed by somebody@ci"):
        look(place, versions, versions.newest(NAME)[1])
    # fact: a lock taken between looking and restoring stops the push itself
    before = [one.id for one in versions.newest(NAME)]
    with pytest.raises(StateLocked, match="somebody@ci"):
        restore(place.tools(lock_timeout_seconds=0), found, reason="too late")
    assert [one.id for one in versions.newest(NAME)] == before
    assert place.records("finished")[-1]["outcome"] == "failed"


def test_a_state_that_was_written_meanwhile_is_not_overwritten(
    place: Place, versions: StateVersions
) -> None:
    apply(place, a="1")
    apply(place, a="2")
    found = look(place, versions, versions.newest(NAME)[1])
    apply(place, a="2", b="3")
    newest = versions.newest(NAME)[0]
    with pytest.raises(TerraformFailed, match=r"cannot overwrite|newer|serial"):
        restore(place.tools(), found, reason="stale")
    assert versions.newest(NAME)[0].id == newest.id


@pytest.mark.usefixtures("attached")
def test_a_restored_phase_moves_production_and_an_interrupted_one_is_taken_up(
    place: Place, versions: StateVersions
) -> None:
    deliver(place.tools(), place.set_live(0), find_world=place.world)
    older = versions.newest("phase-0")[0]
    assert Authors(place.evidence()).of("phase-0", written=older.written) == who()
    versions.s3.put_object(
        Bucket=versions.names.state_bucket,
        Key=versions.names.state_key("phase-0"),
        Body=older.document.under(serial=older.document.serial + 1),
    )
    deliver(place.tools(), place.set_live(10), find_world=place.world)
    found = preview(
        place.tools(), versions, workspace="phase-0", version=older.id, world=place.world()
    )
    assert found.leaves_phase
    assert found.variables["from_phase"] == 10
    restore(place.tools(), found, reason="nothing after all")
    assert place.world().number == 0
    assert place.evidence().unfinished() is None
    # What a killed restore leaves behind is what a killed delivery does.
    run_id = "20990101T000000.000000Z-dead"
    record = {"command": "restore", "phase": 10, "from_phase": 0}
    place.evidence().write(run_id, "started", record, required=True)
    assert place.evidence().unfinished() == Unfinished(run_id, 10, 0)


def test_versions_are_listed_without_a_name_by_who_may_read_states_only(
    place: Place, versions: StateVersions, aws_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(versions)
    bucket = place.target.names.evidence_bucket
    said: list[str] = []
    with way_to(aws_endpoint) as way:
        monkeypatch.setenv("AWS_ENDPOINT_URL", way.url)
        way.breaks = lambda _method, path: (403, "AccessDenied") if bucket in path else None
        found = StateVersions(aws.s3(place.target.environment), place.target.names).newest(NAME)
        who_wrote = authors_of(NAME, found, evidence=place.evidence(), progress=said.append)
    assert who_wrote == [""]
    assert way.broken
    (line,) = said
    assert line.endswith("who wrote a version is not said")


def test_the_same_content_under_another_serial_is_the_same_state() -> None:
    raw = json.dumps(
        {"version": 4, "serial": 3, "lineage": "x", "resources": [], "outputs": {}}
    ).encode()
    raised = StateDocument.parse(StateDocument.parse(raw).under(serial=9))
    assert (raised.serial, raised.lineage) == (9, "x")
