from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from pydantic import ValidationError

from app.errors import InputError
from app.lambdas.custom_resource import Outcome
from app.lambdas.engine_metrics import EngineMetrics
from app.lambdas.validator.properties import ValidationProperties
from app.lambdas.validator.turn import Turn
from app.lambdas.validator.validation import ContextAt, Validation
from app.migration.checks import all_checks
from app.migration.checks.base import CheckContext, CheckResult, MetricDataClient, WholeTables
from app.migration.checks.base import Outcome as CheckOutcome
from app.migration.run_order import RunOrder

PASSED, FAILED, INCONCLUSIVE = CheckOutcome
CUT = "cut off, the time of its gate was up"


@dataclass
class Scripted:
    """A check that finds what it is told, look after look; the last one for ever."""

    key: str
    script: list[CheckOutcome | Exception]
    figure: float | None = 7
    unit: str = "s"
    remedy: str = "wait"
    seen: list[CheckContext] = field(default_factory=list)

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Note the context, then find the next of the script."""
        self.seen.append(context)
        found = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(found, Exception):
            raise found
        return CheckResult(
            check=self.key,
            outcome=found,
            figure=self.figure,
            limit=limit,
            unit=self.unit,
            message="two\nlines",
            remedy=self.remedy,
        )


class ScriptedTables(Scripted, WholeTables):
    """One that reads whole tables."""


def properties(**changes: Any) -> ValidationProperties:
    values = {
        "RunId": "20261123T223000.000000Z-aaaa",
        "FromPhase": "0",
        "Phase": "10",
        "PhaseName": "phase-10",
        "Stage": "after",
        "Limits": '{"lag": 5, "parity": true}',
        "DeadlineSeconds": "60",
        "LookSeconds": "0.01",
    }
    return ValidationProperties.model_validate(values | changes)


def context_since(since: datetime) -> ContextAt:
    def at(now: datetime) -> CheckContext:
        return CheckContext(
            databases={},
            cloudwatch=cast("MetricDataClient", None),
            environment="local",
            since=since,
            now=now,
        )

    return at


def validate(*checks: Scripted, seconds: float = 0.3, **changes: Any) -> Outcome:
    validation = Validation(
        checks={check.key: check for check in checks},
        context=context_since,
        evidence_bucket=None,
        metrics=EngineMetrics(environment="local"),
        order=RunOrder(dict),
    )
    return in_one_turn(validation, properties(DeadlineSeconds=str(seconds), **changes))


def in_one_turn(validation: Validation, properties: ValidationProperties) -> Outcome:
    outcome = validation.take_turn(properties, Turn(started_at=datetime.now(UTC)), seconds=600)
    assert isinstance(outcome, Outcome)
    return outcome


def test_cloudformations_strings_become_numbers_and_limits() -> None:
    parsed = properties()
    assert (parsed.phase, parsed.from_phase, parsed.deadline_seconds) == (10, 0, 60)
    assert parsed.limits == {"lag": 5, "parity": True}


@pytest.mark.parametrize(
    "changes", [{"Limits": "{"}, {"Limits": '{"lag": "5"}'}, {"Stage": "during"}]
)
def test_properties_that_make_no_sense_are_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        properties(**changes)


def test_checks_that_pass_let_the_phase_go_on() -> None:
    outcome = validate(Scripted("lag", [PASSED]), Scripted("parity", [PASSED]))
    assert outcome == Outcome(
        success=True,
        data={"Outcome": "passed", "Checks": "2", "Looks": "1", "Evidence": "log"},
    )


def test_only_the_checks_of_the_gate_are_asked() -> None:
    other = Scripted("other", [FAILED])
    assert validate(Scripted("lag", [PASSED]), Scripted("parity", [PASSED]), other).success
    assert other.seen == []


def test_a_failed_check_fails_at_once_with_figure_limit_and_remedy() -> None:
    lag = Scripted("lag", [FAILED])
    outcome = validate(lag, Scripted("parity", [PASSED]), seconds=60)
    assert not outcome.success
    assert outcome.reason == "lag failed: 7 s, limit 5; two lines → wait"
    assert len(lag.seen) == 1


def test_an_inconclusive_check_is_looked_at_until_it_is_clear() -> None:
    lag = Scripted("lag", [INCONCLUSIVE, INCONCLUSIVE, PASSED])
    outcome = validate(lag, Scripted("parity", [PASSED]))
    assert outcome.success
    assert outcome.data["Looks"] == "4"


def test_what_passed_early_has_to_pass_again_at_the_end() -> None:
    early = Scripted("parity", [PASSED, FAILED])
    outcome = validate(Scripted("lag", [INCONCLUSIVE, PASSED]), early)
    assert not outcome.success
    assert outcome.reason.startswith("parity failed")


def test_a_check_that_stays_inconclusive_fails_closed_at_the_deadline() -> None:
    outcome = validate(
        Scripted("lag", [INCONCLUSIVE], figure=None), Scripted("parity", [PASSED]), seconds=0.1
    )
    assert not outcome.success
    assert outcome.reason == "lag inconclusive: unknown s, limit 5; two lines → wait"
    assert outcome.data["Outcome"] == "inconclusive"


def test_a_check_that_breaks_is_inconclusive_and_looked_at_again() -> None:
    outcome = validate(
        Scripted("lag", [ZeroDivisionError("x"), PASSED]), Scripted("parity", [PASSED])
    )
    assert outcome.success


def test_as_many_successes_in_a_row_as_the_gate_wants_are_needed() -> None:
    lag = Scripted("lag", [PASSED, INCONCLUSIVE, PASSED])
    outcome = validate(lag, Scripted("parity", [PASSED]), ConsecutiveSuccesses="3", seconds=5)
    assert outcome.success
    # fact: a success, an inconclusive look, a look at what was open, and three successes
    assert (outcome.data["Looks"], len(lag.seen)) == ("6", 6)


def test_whole_tables_are_read_once_in_a_row_of_successes() -> None:
    lag = Scripted("lag", [PASSED, INCONCLUSIVE, PASSED])
    rows = ScriptedTables("parity", [PASSED])
    outcome = validate(lag, rows, ConsecutiveSuccesses="3", seconds=5)
    assert outcome.success
    # fact: once with the success that the inconclusive look ended, once with the next three
    assert (outcome.data["Looks"], len(lag.seen), len(rows.seen)) == ("6", 6, 2)


def test_the_checks_of_rows_and_of_money_read_whole_tables() -> None:
    whole = {key for key, check in all_checks().items() if isinstance(check, WholeTables)}
    assert whole == {"row_parity", "money_parity"}


def test_a_gate_of_nothing_but_whole_tables_reads_them_as_often_as_it_says() -> None:
    rows = ScriptedTables("parity", [PASSED])
    outcome = validate(rows, Limits='{"parity": true}', ConsecutiveSuccesses="3", seconds=5)
    assert outcome.success
    assert len(rows.seen) == 3


def test_successes_that_the_deadline_cuts_short_fail_closed() -> None:
    outcome = validate(
        Scripted("lag", [PASSED]),
        Scripted("parity", [PASSED]),
        ConsecutiveSuccesses="3",
        LookSeconds="60",
    )
    assert not outcome.success
    assert outcome.data["Outcome"] == "inconclusive"
    assert outcome.reason == "every check passed, but 1 of 3 times in a row"


def test_rates_are_told_how_many_requests_they_need() -> None:
    lag = Scripted("lag", [PASSED])
    few = Scripted("minimum_requests", [PASSED])
    validate(lag, few, Limits='{"lag": 5, "minimum_requests": 500}')
    assert [context.minimum_requests for context in lag.seen] == [500]


@pytest.mark.parametrize("found", [FAILED, INCONCLUSIVE])
def test_going_down_is_looked_at_once_and_only_reported(found: CheckOutcome) -> None:
    lag = Scripted("lag", [found])
    outcome = validate(lag, Scripted("parity", [PASSED]), FromPhase="50", seconds=60)
    assert outcome.success
    assert outcome.data["Outcome"] == found.value
    assert outcome.reason.startswith("going down, so this is only reported:\nlag ")
    assert len(lag.seen) == 1


def test_going_down_whole_tables_are_left_out() -> None:
    lag, rows = Scripted("lag", [PASSED]), ScriptedTables("parity", [FAILED])
    outcome = validate(lag, rows, FromPhase="50", seconds=60)
    assert (outcome.success, outcome.data["Checks"]) == (True, "1")
    assert (len(lag.seen), rows.seen) == (1, [])


def test_a_check_that_had_a_whole_turn_and_was_cut_is_not_asked_again() -> None:
    slow, lag = Scripted("parity", [ZeroDivisionError("x"), PASSED]), Scripted("lag", [PASSED])
    validation = Validation(
        checks={"parity": slow, "lag": lag},
        context=context_since,
        evidence_bucket=None,
        metrics=EngineMetrics(environment="local"),
        order=RunOrder(dict),
    )
    asked = properties(Limits='{"parity": true, "lag": 5}')
    turn = Turn(started_at=datetime.now(UTC))
    outcome = validation.take_turn(asked, turn, seconds=0)
    assert isinstance(outcome, Outcome)
    assert not outcome.success
    assert outcome.reason.splitlines() == [
        f"parity inconclusive: unknown s, limit 1; {CUT}: ZeroDivisionError: x → wait",
        "lag inconclusive: there was no time to ask",
    ]
    assert len(slow.seen) == 1


def test_a_check_that_was_cut_behind_others_is_asked_again_in_the_next_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.lambdas.validator.looks._UNKNOWN_SHARE", 0.0)

    class Late(Scripted):
        def run(self, *, context: CheckContext, limit: float) -> CheckResult:
            """Wait until the turn is over, the first time."""
            assert context.deadline is not None
            if not self.seen:
                time.sleep(context.deadline.remaining)
            return super().run(context=context, limit=limit)

    lag, slow = Scripted("lag", [PASSED]), Late("parity", [ZeroDivisionError("x"), PASSED])
    validation = Validation(
        checks={"lag": lag, "parity": slow},
        context=context_since,
        evidence_bucket=None,
        metrics=EngineMetrics(environment="local"),
        order=RunOrder(dict),
    )
    first = validation.take_turn(properties(), Turn(started_at=datetime.now(UTC)), seconds=0.2)
    assert isinstance(first, Turn)
    assert first.progress is not None
    assert first.progress.due == ("parity",)
    outcome = validation.take_turn(properties(), first, seconds=60)
    assert isinstance(outcome, Outcome)
    assert outcome.success
    assert (len(lag.seen), len(slow.seen)) == (1, 2)


def test_a_gate_that_names_an_unknown_check_is_refused() -> None:
    with pytest.raises(InputError, match="parity"):
        validate(Scripted("lag", [PASSED]))


def test_a_check_that_is_switched_off_is_not_asked() -> None:
    lag = Scripted("lag", [FAILED])
    assert validate(lag, Limits='{"lag": false}').success
    assert lag.seen == []


@pytest.mark.parametrize(("stage", "minutes"), [("before", 5), ("after", 0)])
def test_metrics_count_from_before_the_step_or_from_its_end(stage: str, minutes: int) -> None:
    lag = Scripted("lag", [PASSED])
    started = datetime.now(UTC)
    validate(lag, Scripted("parity", [PASSED]), Stage=stage)
    since = lag.seen[0].since
    assert timedelta(0) <= since + timedelta(minutes=minutes) - started < timedelta(seconds=5)
