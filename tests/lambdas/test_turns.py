"""A gate that needs longer than a function may run goes on in further invocations."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import boto3
import pytest

from app.errors import WorldError
from app.lambdas.custom_resource import Outcome
from app.lambdas.engine_metrics import EngineMetrics
from app.lambdas.validator.progress import Progress
from app.lambdas.validator.properties import ValidationProperties
from app.lambdas.validator.turn import MOST_TURNS, Turn
from app.lambdas.validator.turns import Turns
from app.lambdas.validator.validation import Validation
from app.migration.checks.base import Outcome as CheckOutcome
from app.migration.run_order import RunOrder
from tests.lambdas.invocation import FUNCTION_ARN, lambda_context
from tests.lambdas.test_validation import Scripted, context_since, properties

PASSED, FAILED, INCONCLUSIVE = CheckOutcome
BUCKET = "payshift-turns"


class Invocations:
    """Lambda's Invoke over HTTP: takes events and keeps them, or refuses as told."""

    def __init__(self, port: int, *, status: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.status = status
        self.taken: list[dict[str, Any]] = []

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        """Handle one POST."""
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.taken.append(
            {
                "path": handler.path,
                "type": handler.headers["X-Amz-Invocation-Type"],
                "event": json.loads(body),
            }
        )
        handler.send_response(self.status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


@contextmanager
def invocations(*, status: int = 202) -> Iterator[Invocations]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.take(self)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    taken = Invocations(server.server_port, status=status)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def lambda_api(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Invocations]:
    """Lambda's API beside moto's, and a bucket for evidence."""
    assert aws
    s3 = boto3.client("s3")
    if BUCKET not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-east-2"}
        )
    with invocations() as taken:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", taken.url)
        yield taken


def validation(*checks: Scripted) -> Validation:
    return Validation(
        checks={check.key: check for check in checks},
        context=context_since,
        evidence_bucket=BUCKET,
        metrics=EngineMetrics(environment="local"),
        order=RunOrder(dict),
    )


def asked(**changes: Any) -> ValidationProperties:
    """The properties of a run that no other test has."""
    run_id = f"20261123T223000.000000Z-{uuid4().hex[:8]}"
    return properties(RunId=run_id, Limits='{"lag": 5}', **changes)


def take(
    gate: Validation, given: ValidationProperties, event: dict[str, Any], *, seconds: float = 0
) -> Outcome | None:
    return Turns(event, lambda_context(seconds), validation=gate)(given, seconds=0)


def test_a_gate_goes_on_until_it_is_clear(lambda_api: Invocations) -> None:
    lag = Scripted("lag", [INCONCLUSIVE, INCONCLUSIVE, PASSED])
    gate, given, event = validation(lag), asked(LookSeconds="1"), {"RequestId": "8a1f"}
    outcome = take(gate, given, event)
    while outcome is None:
        outcome = take(gate, given, lambda_api.taken[-1]["event"])
    assert outcome.success
    # fact: a turn without time asks one check, and a whole look is needed in the end
    assert (outcome.data["Looks"], len(lag.seen)) == ("4", 4)
    assert [one["event"]["Turn"]["number"] for one in lambda_api.taken] == [2, 3, 4]


def test_the_next_turn_is_asked_of_this_function_and_nobody_waits_for_it(
    lambda_api: Invocations,
) -> None:
    gate, event = validation(Scripted("lag", [INCONCLUSIVE])), {"RequestId": "8a1f"}
    assert take(gate, asked(LookSeconds="1"), event) is None
    (sent,) = lambda_api.taken
    name = FUNCTION_ARN.replace(":", "%3A")
    assert sent["path"] == f"/2015-03-31/functions/{name}/invocations"
    assert sent["type"] == "Event"
    assert {key: value for key, value in sent["event"].items() if key != "Turn"} == event


def test_checks_that_a_turn_has_no_time_for_are_asked_in_the_next_and_none_twice(
    lambda_api: Invocations,
) -> None:
    lag, parity = Scripted("lag", [PASSED]), Scripted("parity", [PASSED])
    gate = validation(lag, parity)
    given = properties(RunId=asked().run_id)
    assert take(gate, given, {}) is None
    assert (len(lag.seen), len(parity.seen)) == (1, 0)
    outcome = take(gate, given, lambda_api.taken[-1]["event"])
    assert outcome is not None
    assert outcome.success
    assert (len(lag.seen), len(parity.seen)) == (1, 1)


def test_an_event_that_comes_twice_is_handed_on_once(lambda_api: Invocations) -> None:
    gate, given = validation(Scripted("lag", [INCONCLUSIVE])), asked(LookSeconds="1")
    assert [take(gate, given, {}) for _ in range(3)] == [None, None, None]
    assert len(lambda_api.taken) == 1


def test_a_turn_whose_copy_never_ended_still_goes_on(lambda_api: Invocations) -> None:
    gate, given = validation(Scripted("lag", [INCONCLUSIVE])), asked(LookSeconds="1")
    # fact: what dies before its turn is over has claimed nothing; Lambda delivers the event again
    assert take(gate, given, {}) is None
    second = lambda_api.taken[-1]["event"]
    assert take(gate, given, second) is None
    assert [one["event"]["Turn"]["number"] for one in lambda_api.taken] == [2, 3]


def test_every_turn_counts_from_the_beginning_of_the_first(lambda_api: Invocations) -> None:
    lag = Scripted("lag", [INCONCLUSIVE])
    gate, given = validation(lag), asked(LookSeconds="1")
    for _ in range(3):
        take(gate, given, lambda_api.taken[-1]["event"] if lambda_api.taken else {})
    assert len({context.since for context in lag.seen}) == 1
    late = Turn(
        number=4,
        started_at=datetime.now(UTC) - timedelta(hours=1),
        progress=Progress(due=("lag",), looks=3),
    )
    outcome = take(gate, given, late.put_into({}), seconds=600)
    assert outcome is not None
    assert (outcome.success, outcome.data["Outcome"]) == (False, "inconclusive")


def test_a_deadline_that_comes_before_the_turns_end_needs_no_other_turn(
    lambda_api: Invocations,
) -> None:
    lag, parity = Scripted("lag", [INCONCLUSIVE]), Scripted("parity", [PASSED])
    given = properties(RunId=asked().run_id, DeadlineSeconds="0.1", LookSeconds="0.05")
    outcome = take(validation(lag, parity), given, {}, seconds=600)
    assert outcome is not None
    assert outcome.data["Outcome"] == "inconclusive"
    assert lambda_api.taken == []


def test_the_chain_ends_before_lambda_ends_it(lambda_api: Invocations) -> None:
    gate, given = validation(Scripted("lag", [INCONCLUSIVE])), asked(LookSeconds="1")
    last = Turn(number=MOST_TURNS, started_at=datetime.now(UTC))
    outcome = take(gate, given, last.put_into({}))
    assert outcome == Outcome(success=False, reason=f"not clear after {MOST_TURNS} invocations")
    assert lambda_api.taken == []


def test_going_down_never_goes_on(lambda_api: Invocations) -> None:
    gate = validation(Scripted("lag", [PASSED]), Scripted("parity", [FAILED]))
    outcome = take(gate, properties(RunId=asked().run_id, FromPhase="50"), {})
    assert outcome is not None
    assert outcome.success
    assert "parity inconclusive: there was no time to ask" in outcome.reason
    assert lambda_api.taken == []


def test_a_lambda_that_refuses_the_next_turn_fails_the_gate_at_once(
    aws: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert aws
    gate, given = validation(Scripted("lag", [INCONCLUSIVE])), asked(LookSeconds="1")
    with invocations(status=403) as refused:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", refused.url)
        with pytest.raises(WorldError, match="cannot go on"):
            take(gate, given, {})


def test_a_turn_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="number"):
        Turn.of({"Turn": {"number": MOST_TURNS + 1, "started_at": "2026-11-23T12:00:00Z"}})
