"""Handover and validator in Lambda's own runtime client, where tasks of DMS carry the rows."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import boto3
import pytest

from app.local.cloud.functions import Functions
from app.local.postgres import roles
from app.local.runtime.settings import HostSettings, StaticFunction
from app.migration.sessions import HANDOVER_KEY
from app.migration.sites import Site
from tests.aws_api import variables_for
from tests.clusters import placed, two_sites
from tests.lambdas.callback import cloudformation_event, listening
from tests.lambdas.conftest import Pair, keep_secret, set_features
from tests.local.processes import running
from tests.migration.dms_player import Player
from tests.migration.support import next_run_id, pay

pytestmark = pytest.mark.slow

HANDOVER, VALIDATOR = "payshift-local-handover", "payshift-local-validator"


@dataclass
class Lambda:
    """AWS's Lambda as far as a function calls itself: hands events on; `refuses` takes none."""

    port: int = 0
    functions: Functions = field(default_factory=lambda: Functions(url=None))
    refuses: bool = False
    events: list[tuple[str, Any]] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Serve on a free port meanwhile."""
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                name = unquote(self.path.split("/functions/")[1].split("/")[0]).split(":")[-1]
                status = 403 if api.refuses else 202
                if not api.refuses:
                    api.events.append((name, json.loads(body)))
                    kind = {"X-Amz-Invocation-Type": self.headers["X-Amz-Invocation-Type"]}
                    api.functions.invoke(function=name, payload=body, headers=kind)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@dataclass
class World:
    """The functions in their sandboxes, and what they work on."""

    pair: Pair
    player: Player
    lambda_: Lambda
    functions: Functions

    def ask(self, function: str, event: dict[str, Any]) -> Any:
        """Invoke a function and wait."""
        told = self.functions.invoke(function=function, payload=json.dumps(event).encode())
        assert told.function_error is None, told.payload
        return json.loads(told.payload)

    def answer(self, function: str, properties: dict[str, str]) -> dict[str, Any]:
        """Let CloudFormation ask; return what it was answered."""
        common = {"RunId": next_run_id(), "DeadlineSeconds": "60"}
        with listening() as callback:
            event = cloudformation_event(callback, "Create", common | properties)
            assert self.ask(function, event) is None
            (found,) = callback.answers
            return found

    def move(self, to: str, *, from_phase: str, phase: str) -> dict[str, Any]:
        """Hand over as a phase does."""
        steps = {"FromPhase": from_phase, "Phase": phase}
        return self.answer(HANDOVER, {"Writer": to, "WaitSeconds": "0", **steps})

    def wait_for(self, **statuses: str) -> None:
        """Return once these tasks are in these states."""
        end = time.monotonic() + 60
        while statuses.items() - self.player.statuses().items():
            assert time.monotonic() < end, self.player.statuses()
            time.sleep(0.05)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with (
        placed(tmp_path_factory.mktemp("by-dms")) as place,
        two_sites(place) as clusters,
    ):
        yield Pair(clusters)


@pytest.fixture(scope="module")
def world(pair: Pair, aws_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Three tasks run and the reverse one rests, as legacy writes; the functions are up."""
    directory = tmp_path_factory.mktemp("functions")
    variables = variables_for(aws_server)
    databases = {site: pair.settings(site, roles.ENGINE) for site in Site}
    player, lambda_ = Player(databases, "payshift-local", loaded=True), Lambda()
    with pytest.MonkeyPatch.context() as patch, lambda_.listening():
        for name, value in variables.items():
            patch.setenv(name, value)
        player.attach(patch)
        player.make_tasks()
        start_tasks("forward", "forward-probe", "reverse-probe")
        player.calls.clear()
        for site, login in databases.items():
            keep_secret(f"payshift/by-dms/{site}/migration", login)
        set_features(writer="legacy", reads="writer")
        with running(
            "app.local.runtime", settings=host(variables, pair, lambda_, directory),
            directory=directory,
        ) as started:  # fmt: skip
            assert started.said["not_ready"] == []
            functions = lambda_.functions = Functions(url=started.said["url"])
            yield World(pair, player, lambda_, functions)
        player.remove_tasks()


def host(variables: dict[str, str], pair: Pair, lambda_: Lambda, directory: Path) -> HostSettings:
    """The functions with the variables that the workspace `service` gives them."""
    own = {
        "AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{lambda_.port}",
        "PAYSHIFT_ENVIRONMENT": "local",
        "PAYSHIFT_CARRIER": "dms",
        "PAYSHIFT_LEGACY_SECRET": "payshift/by-dms/legacy/migration",
        "PAYSHIFT_AWS_SECRET": "payshift/by-dms/aws/migration",
        "PAYSHIFT_FEATURES_PARAMETER": "/payshift/local/features",
        "PAYSHIFT_TRUST_BUNDLE": str(pair.settings(Site.AWS, roles.ENGINE).sslrootcert),
    }
    return HostSettings(
        log_directory=directory,
        follow_cloud=False,
        ready_seconds=120,
        functions=tuple(
            StaticFunction(
                name=name,
                handler=f"app.lambdas.{name.rsplit('-', 1)[1]}.handler.handler",
                environment=variables | own,
                timeout_seconds=300,
            )
            for name in (HANDOVER, VALIDATOR)
        ),
        workers={HANDOVER: 2, VALIDATOR: 1},
    )


def start_tasks(*streams: str) -> None:
    client = boto3.client("dms")
    for stream in streams:
        client.start_replication_task(
            ReplicationTaskArn=f"arn:aws:dms:us-east-2:123456789012:task:local-{stream}",
            StartReplicationTaskType="start-replication",
        )


@pytest.fixture(autouse=True)
def _legacy_writes(world: World) -> Iterator[None]:
    world.lambda_.refuses = False
    world.lambda_.events.clear()
    yield
    world.lambda_.refuses = False
    assert world.move("legacy", from_phase="0", phase="0")["Status"] == "SUCCESS"
    world.wait_for(forward="running")
    world.player.calls.clear()


def test_on_the_way_up_the_answer_waits_until_the_tasks_are_turned(world: World) -> None:
    answer = world.move("aws", from_phase="50", phase="100")
    assert (answer["Status"], answer["Data"]["Changed"]) == ("SUCCESS", "true")
    running = {"reverse": "running", "forward-probe": "running", "reverse-probe": "running"}
    assert world.player.statuses() == {"forward": "stopped", **running}
    assert world.lambda_.events == []


def test_a_rollback_is_answered_at_once_and_another_invocation_turns_the_tasks(
    world: World,
) -> None:
    assert world.move("aws", from_phase="50", phase="100")["Status"] == "SUCCESS"
    world.player.calls.clear()
    answer = world.move("legacy", from_phase="100", phase="50")
    assert (answer["Status"], answer["Data"]["Writer"]) == ("SUCCESS", "legacy")
    assert world.lambda_.events == [(HANDOVER, {"action": "finish"})]
    world.wait_for(forward="running", reverse="stopped")
    assert world.player.calls == [("stop", "reverse"), ("resume-processing", "forward")]
    with world.pair.engine(Site.LEGACY) as legacy:
        paid = pay(legacy)
    end = time.monotonic() + 60
    count = "SELECT count(*) FROM payments.payment WHERE id = '{}'"
    while world.pair.ask(Site.AWS, count.format(paid)) != (1,):
        assert time.monotonic() < end
        time.sleep(0.05)
    told = world.ask(HANDOVER, {"action": "status"})
    # fact: it is one handover, journaled as complete
    assert (told["writer"], told["handovers"][-1]["to"]) == ("legacy", "legacy")
    assert world.ask(HANDOVER, {"action": "finish"}) == {"writer": "legacy"}


def test_a_rollback_that_nobody_else_finishes_is_finished_by_itself(world: World) -> None:
    assert world.move("aws", from_phase="50", phase="100")["Status"] == "SUCCESS"
    world.lambda_.refuses = True
    assert world.move("legacy", from_phase="100", phase="50")["Status"] == "SUCCESS"
    statuses = world.player.statuses()
    assert (statuses["forward"], statuses["reverse"]) == ("running", "stopped")


def test_a_schedule_moves_the_slot_on_that_rests(world: World) -> None:
    fill = "SELECT pg_logical_emit_message(false, 'test', repeat('x', 10000))"
    schedule = {"action": "move-resting-slot"}
    world.pair.tell(Site.AWS, fill)
    assert world.ask(HANDOVER, schedule) == {"moved_at": "aws", "reason": ""}
    with world.pair.engine(Site.AWS) as somebody:
        somebody.execute("SELECT pg_advisory_lock(%s)", (HANDOVER_KEY,))
        told = world.ask(HANDOVER, schedule)
    assert told["moved_at"] is None
    assert told["reason"].startswith("Another handover is going on")
    assert world.move("aws", from_phase="50", phase="100")["Status"] == "SUCCESS"
    world.pair.tell(Site.LEGACY, fill)
    assert world.ask(HANDOVER, schedule) == {"moved_at": "legacy", "reason": ""}


def test_a_gate_expects_the_tasks_to_run_and_names_the_one_that_does_not(world: World) -> None:
    gate = {
        "FromPhase": "-1",
        "Phase": "0",
        "PhaseName": "phase-0",
        "Stage": "before",
        "Limits": '{"replication_running": true, "way_back_seconds": 5}',
    }
    assert world.answer(VALIDATOR, gate)["Status"] == "SUCCESS"
    boto3.client("dms").stop_replication_task(
        ReplicationTaskArn="arn:aws:dms:us-east-2:123456789012:task:local-forward"
    )
    try:
        answer = world.answer(VALIDATOR, gate)
    finally:
        start_tasks("forward")
    assert answer["Status"] == "FAILED"
    assert "DMS task forward is stopped" in answer["Reason"]
