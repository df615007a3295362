from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.errors import HandoverRefused, WorldError
from app.lambdas.custom_resource import Outcome, RunProperties, serve
from tests.lambdas.callback import Callback, cloudformation_event, listening
from tests.lambdas.invocation import lambda_context

OLDER = "20261123T220000.000000Z-aaaa"
NEWER = "20261123T223000.000000Z-aaaa"


def properties(run_id: str = NEWER, *, from_phase: int = 0, phase: int = 10) -> dict[str, str]:
    return {
        "ServiceTimeout": "600",
        "RunId": run_id,
        "FromPhase": str(from_phase),
        "Phase": str(phase),
        "DeadlineSeconds": "60",
    }


class Report(RunProperties):
    """Properties of what holds nothing up."""

    @property
    def reports_within_seconds(self) -> float:
        """A moment."""
        return 0.2


@dataclass
class Action:
    """Counts how often the resource acted, and ends as told."""

    outcome: Outcome = field(default_factory=lambda: Outcome(success=True, data={"Checks": "5"}))
    error: Exception | None = None
    calls: list[tuple[RunProperties, float]] = field(default_factory=list)

    def __call__(self, properties: RunProperties, *, seconds: float) -> Outcome:
        """Note the call, then end as told."""
        self.calls.append((properties, seconds))
        if self.error is not None:
            raise self.error
        return self.outcome


@pytest.fixture
def callback() -> Iterator[Callback]:
    with listening() as callback:
        yield callback


def run(event: dict[str, Any], action: Action, *, seconds: float = 900) -> None:
    serve(event, lambda_context(seconds=seconds), model=RunProperties, act=action)


def test_a_create_acts_and_answers_with_its_data(callback: Callback) -> None:
    action = Action()
    run(cloudformation_event(callback, "Create", properties()), action)
    assert [call.run_id for call, _ in action.calls] == [NEWER]
    assert callback.answers == [
        {
            "Status": "SUCCESS",
            "Reason": "see log stream 2026/11/23/[1]abc",
            "PhysicalResourceId": "payshift-local-phase-10-after/After",
            "StackId": callback.answers[0]["StackId"],
            "RequestId": "8a1f",
            "LogicalResourceId": "After",
            "Data": {"Checks": "5"},
        }
    ]


def test_the_signed_address_is_used_unchanged_with_an_empty_content_type(
    callback: Callback,
) -> None:
    run(cloudformation_event(callback, "Create", properties()), Action())
    request = callback.requests[0]
    assert request["path"] == "/arn%3Aaws%3Acfn%7CAfter?X-Amz-Signature=a%2Fb%3D"
    assert request["content_type"] == ""


def test_an_update_to_a_newer_run_acts_and_keeps_the_physical_id(callback: Callback) -> None:
    action = Action()
    event = cloudformation_event(
        callback, "Update", properties(NEWER), old=properties(OLDER), physical_id="first"
    )
    run(event, action)
    assert len(action.calls) == 1
    assert callback.answers[0]["PhysicalResourceId"] == "first"


def test_cloudformation_putting_an_older_run_back_changes_nothing(callback: Callback) -> None:
    action = Action()
    event = cloudformation_event(
        callback, "Update", properties(OLDER), old=properties(NEWER), physical_id="first"
    )
    run(event, action)
    run(event, action)
    assert action.calls == []
    assert [answer["Status"] for answer in callback.answers] == ["SUCCESS", "SUCCESS"]
    assert {answer["PhysicalResourceId"] for answer in callback.answers} == {"first"}


def test_a_delete_changes_nothing_even_with_properties_that_are_wrong(callback: Callback) -> None:
    action = Action()
    run(cloudformation_event(callback, "Delete", {"RunId": "?"}, physical_id="first"), action)
    assert action.calls == []
    assert callback.answers[0]["Status"] == "SUCCESS"


@pytest.mark.parametrize(("from_phase", "phase", "down"), [(-1, 0, False), (50, 10, True)])
def test_the_direction_follows_from_the_phases(
    callback: Callback, from_phase: int, phase: int, *, down: bool
) -> None:
    action = Action()
    event = cloudformation_event(callback, "Create", properties(from_phase=from_phase, phase=phase))
    run(event, action)
    assert action.calls[0][0].going_down is down


def test_wrong_properties_fail_with_every_mistake_named(callback: Callback) -> None:
    action = Action()
    wrong = properties() | {"Phase": "ten", "DeadlineSeconds": "0"}
    run(cloudformation_event(callback, "Create", wrong), action)
    assert action.calls == []
    reason = callback.answers[0]["Reason"].splitlines()
    assert [line.partition(":")[0] for line in reason] == [
        "wrong properties",
        "Phase",
        "DeadlineSeconds",
    ]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (HandoverRefused("lag is 9 s", remedy="wait"), "lag is 9 s\n  → wait"),
        (ZeroDivisionError("division"), "ZeroDivisionError: division"),
    ],
)
def test_an_error_is_answered_as_failed_with_its_message(
    callback: Callback, error: Exception, reason: str
) -> None:
    run(cloudformation_event(callback, "Create", properties()), Action(error=error))
    assert callback.answers[0]["Status"] == "FAILED"
    assert callback.answers[0]["Reason"] == reason


def test_a_long_reason_loses_its_last_lines_and_says_so(callback: Callback) -> None:
    lines = [f"check {number}: " + "é" * 40 for number in range(100)]
    run(
        cloudformation_event(callback, "Create", properties()),
        Action(Outcome(success=False, reason="\n".join(lines))),
    )
    kept = callback.answers[0]["Reason"].splitlines()
    assert kept[0] == lines[0]
    assert kept[-1] == f"… {100 - len(kept) + 1} more lines in log stream 2026/11/23/[1]abc"
    assert callback.requests[0]["length"] <= 4096


def test_one_endless_line_is_cut(callback: Callback) -> None:
    outcome = Outcome(success=False, reason='"\u2028' * 4000)
    run(cloudformation_event(callback, "Create", properties()), Action(outcome))
    assert callback.requests[0]["length"] <= 4096


def test_an_address_that_fails_for_a_while_is_tried_again() -> None:
    with listening(503, 500) as callback:
        run(cloudformation_event(callback, "Create", properties()), Action())
        assert [request["status"] for request in callback.requests] == [503, 500, 200]


def test_an_address_that_refuses_raises_so_that_lambda_tries_again() -> None:
    with listening(403) as callback, pytest.raises(WorldError, match="HTTP 403"):
        run(cloudformation_event(callback, "Create", properties()), Action())


def test_the_action_is_told_to_end_before_the_function_does(callback: Callback) -> None:
    action = Action()
    run(cloudformation_event(callback, "Create", properties()), action, seconds=30)
    assert 0 < action.calls[0][1] <= 30 - 2 * 7


def test_a_function_whose_time_runs_out_answers_failed_once(callback: Callback) -> None:
    answered = threading.Event()

    def too_slow(properties: RunProperties, *, seconds: float) -> Outcome:
        assert properties.run_id == NEWER
        assert seconds < 1
        for _ in range(200):
            if callback.answers:
                answered.set()
                break
            time.sleep(0.05)
        return Outcome(success=True)

    event = cloudformation_event(callback, "Create", properties())
    serve(event, lambda_context(seconds=1), model=RunProperties, act=too_slow)
    assert answered.is_set()
    assert [answer["Status"] for answer in callback.answers] == ["FAILED"]
    assert "still running after 1 s" in callback.answers[0]["Reason"]


def test_what_only_reports_is_answered_in_time_with_success_while_it_still_runs(
    callback: Callback,
) -> None:
    ended = threading.Event()

    def too_slow(properties: Report, *, seconds: float) -> Outcome:
        assert properties.reports_within_seconds < seconds
        while not callback.answers and not ended.wait(0.05):
            pass
        return Outcome(success=False)

    event = cloudformation_event(callback, "Create", properties())
    serve(event, lambda_context(seconds=900), model=Report, act=too_slow)
    assert [answer["Status"] for answer in callback.answers] == ["SUCCESS"]
    assert callback.answers[0]["Reason"] == (
        "still running after 0.2 s, and only reports: nothing waits for it"
    )


@pytest.mark.parametrize("error", [WorldError("no login"), ZeroDivisionError("division")])
def test_what_only_reports_succeeds_although_it_breaks(
    callback: Callback, error: Exception
) -> None:
    event = cloudformation_event(callback, "Create", properties())
    serve(event, lambda_context(), model=Report, act=Action(error=error))
    assert callback.answers[0]["Status"] == "SUCCESS"
    assert str(error) in callback.answers[0]["Reason"]
