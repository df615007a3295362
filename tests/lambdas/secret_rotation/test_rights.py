"""Every function may do what its code does, and nothing that no test sees it do.

The functions run behind their handlers, with the variables and against the policies that the
workspace `service` gives them; what they ask of AWS is noted on its way.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest

from app.config.environment import Environment
from app.config.gates import CHECKS
from app.config.loading import load_environment, load_phases
from app.config.names import Names
from app.lambdas.payment_api.shadow_tally import Tally
from app.migration.sites import Site
from app.migration.verify.buckets import HASHES
from app.migration.verify.catalogue import read_tables
from app.migration.verify.digest import chunks
from app.migration.verify.encoding import ENCODING, Mode
from app.migration.verify.parts.part import Part, PartColumn, page_ranges
from app.migration.verify.scan import exported_snapshot, open_team, seeing_the_same
from app.migration.verify.session import Side
from app.migration.verify.sites import site_sources
from tests.lambdas.callback import cloudformation_event, listening
from tests.lambdas.conftest import Api, set_features
from tests.lambdas.invocation import lambda_context
from tests.lambdas.secret_rotation.rights import Recorder, Statements, right_for
from tests.lambdas.secret_rotation.world import STEPS, World
from tests.migration.dms_player import Player
from tests.migration.support import next_run_id
from tests.synth.service import APIS, BY_LAMBDA, FUNCTIONS

pytestmark = pytest.mark.slow

BLUE, GREEN = APIS

ROOT = Path(__file__).parents[3]
LOCAL = load_environment("local")
NAMES = Names.of(LOCAL)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The resources of the workspace `service`."""
    return synthesized(LOCAL, tmp_path_factory.mktemp("service"))


def synthesized(environment: Environment, output: Path) -> dict[str, Any]:
    """The resources of the workspace `service` of an environment."""
    from cdktf import App  # noqa: PLC0415 - starting jsii takes seconds

    from app.stacks.service import ServiceWorkspace  # noqa: PLC0415 - as above

    app = App(outdir=str(output))
    release = load_phases(ROOT / "phases").release
    ServiceWorkspace(app, environment=environment, release=release)
    app.synth()
    text = (output / "stacks" / "service" / "cdk.tf.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)["resource"]
    return found


def policy(service: dict[str, Any], function: str) -> Statements:
    """The statements that are there for our code, by Sid."""
    document = json.loads(service["aws_iam_role_policy"][f"{function}_role_policy"]["policy"])
    return {one["Sid"]: one for one in document["Statement"] if one["Sid"] not in BY_LAMBDA}


@pytest.fixture
def recorder(world: World, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A world in which calls are noted, with the bucket and the features that functions use."""
    assert world
    s3 = boto3.client("s3")
    if NAMES.evidence_bucket not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(
            Bucket=NAMES.evidence_bucket,
            CreateBucketConfiguration={"LocationConstraint": "us-east-2"},
        )
    set_features(writer="legacy", reads="writer", shadow_reads_percent=100)
    recorder = Recorder()
    recorder.attach(monkeypatch)
    return recorder


class Starter:
    """Starts functions with the variables that the workspace gives them."""

    def __init__(self, service: dict[str, Any], patch: pytest.MonkeyPatch) -> None:
        self.service, self.patch = service, patch
        self.started: list[str] = []

    def __call__(self, function: str) -> ModuleType:
        """Import a handler anew."""
        resource = self.service["aws_lambda_function"][f"{function}_function"]
        for name, value in resource["environment"]["variables"].items():
            self.patch.setenv(name, value)
        handler = f"app.lambdas.{'payment_api' if function in APIS else function}.handler"
        sys.modules.pop(handler, None)
        self.started.append(handler)
        return importlib.import_module(handler)


@pytest.fixture
def start(service: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Starter]:
    starter = Starter(service, monkeypatch)
    yield starter
    for handler in starter.started:
        sys.modules.pop(handler, None)


def answer(
    handler: ModuleType, properties: dict[str, str], *, purpose: str, seconds: float = 120
) -> Any:
    """Let CloudFormation ask, and return what it was answered."""
    common = {"RunId": next_run_id(), "FromPhase": "0", "Phase": "10"}
    context = lambda_context(seconds)
    context.invoked_function_arn = NAMES.function_arn(purpose)  # type: ignore[misc]  # it is ours
    with listening() as callback:
        handler.handler(cloudformation_event(callback, "Create", common | properties), context)
        return callback.answers[0]


def pay_and_read(start: Starter) -> None:
    api = Api(start(BLUE))
    payment = api.pay(key="rights").body
    assert api("GET", f"/v1/payments/{payment['id']}").status == 200
    api.module._api.service.shadow.close()
    assert api.module._api.service.shadow.take_tally() != Tally(skipped=1)
    api.module._api.service.sessions.close()


def judge(start: Starter) -> None:
    validator = start("validator")
    gate = {"PhaseName": "phase-10", "Stage": "before", "DeadlineSeconds": "1"}
    limits = json.dumps(dict.fromkeys(CHECKS, 1))
    told = answer(validator, {**gate, "Limits": limits}, purpose="validator")
    assert len(told["Reason"].splitlines()) < len(CHECKS)
    # A gate that is not clear when its turn ends goes on elsewhere; here nobody takes it.
    waiting = {"Limits": '{"minimum_requests": 1000}', "LookSeconds": "60"}
    asked = {**gate, **waiting, "DeadlineSeconds": "900"}
    told = answer(validator, asked, purpose="validator", seconds=8)
    assert "cannot go on in another invocation" in told["Reason"]


def hand_over(start: Starter) -> None:
    handover = start("handover")
    assert handover.handler({"action": "status"}, lambda_context())["writer"] == "legacy"
    asked = {"Writer": "aws", "WaitSeconds": "0", "DeadlineSeconds": "60"}
    assert answer(handover, asked, purpose="handover")["Status"] == "SUCCESS"


def read_a_part(start: Starter, world: World) -> None:
    comparison = start("comparison")
    sources = site_sources(world.engines())
    with open_team(sources, workers=1) as team, seeing_the_same(team):
        tables = {side: read_tables(team[side][0], schemas=("payments",)) for side in Side}
        part = Part(
            comparison="rights",
            number=0,
            table="payments.payment",
            encoding=ENCODING,
            mode=Mode.FAST,
            key=(PartColumn(name="id", hasher="uuid", nullable=False, builtin=True),),
            others=(),
            buckets=(HASHES, 1),
            snapshots={side: exported_snapshot(team[side][0]) for side in Side},
            ranges={side: page_ranges(chunks(tables[side]["payments.payment"])) for side in Side},
            pages_a_chunk=100,
        )
        event = part.model_dump(mode="json")
        assert comparison.handler(event, lambda_context()) == {"number": 0}


def test_each_role_allows_what_its_function_does_and_nothing_else(
    service: dict[str, Any], recorder: Recorder, start: Starter, world: World
) -> None:
    with recorder.of(BLUE):
        pay_and_read(start)
    with recorder.of("validator"):
        judge(start)
    with recorder.of("handover"):
        hand_over(start)
    with recorder.of("comparison"):
        read_a_part(start, world)
    tokens = {role: world.start(Site.AWS, role) for role in ("app", "rotation")}
    with recorder.of("secret_rotation"):
        for role, token in tokens.items():
            for step in STEPS:
                world.step(step, Site.AWS, role, token)

    insist(service, recorder, tuple(one for one in FUNCTIONS if one != GREEN))
    # The other colour runs the same code with the same rights.
    assert policy(service, GREEN) == policy(service, BLUE)


def insist(service: dict[str, Any], recorder: Recorder, functions: tuple[str, ...]) -> None:
    for function in functions:
        statements = policy(service, function)
        given = {(sid, action) for sid, one in statements.items() for action in one["Action"]}
        used = {(right_for(need, statements), need.action) for need in recorder.needs[function]}
        missing = [one for one in recorder.needs[function] if right_for(one, statements) is None]
        assert missing == [], f"{function} calls what its role does not allow"
        assert given - used == set(), f"{function} may do what nobody has seen it do"


def test_where_dms_carries_rows_the_roles_allow_the_tasks_that_are_turned_and_no_more(
    recorder: Recorder,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    by_dms = LOCAL.replication.model_copy(update={"carrier": "dms"})
    service = synthesized(LOCAL.model_copy(update={"replication": by_dms}), tmp_path)
    start = Starter(service, monkeypatch)
    player = Player(world.engines(), NAMES.prefix, loaded=True)
    player.attach(monkeypatch)
    player.make_tasks()
    for stream in ("forward", "forward-probe", "reverse-probe"):
        boto3.client("dms").start_replication_task(
            ReplicationTaskArn=NAMES.replication_task_arn(stream),
            StartReplicationTaskType="start-replication",
        )
    try:
        with recorder.of("validator"):
            judge(start)
        with recorder.of("handover"):
            hand_over(start)
            # Back, as a rollback does: it asks for a further invocation, which nobody takes here.
            back = {"FromPhase": "100", "Phase": "50", "Writer": "legacy"}
            asked = {**back, "WaitSeconds": "0", "DeadlineSeconds": "60"}
            told = answer(start("handover"), asked, purpose="handover")
        assert told["Status"] == "SUCCESS"
        assert player.statuses()["forward"] == "running"
    finally:
        player.remove_tasks()
        for handler in start.started:
            sys.modules.pop(handler, None)
    insist(service, recorder, ("validator", "handover"))
