"""One validation: which checks, at which sites, since when, and what becomes of their verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from app.errors import DatabaseFailed, InputError
from app.lambdas import evidence
from app.lambdas.custom_resource import Outcome
from app.lambdas.engine_metrics import EngineMetrics, Figures
from app.lambdas.validator.looks import Look, Looks, Patience
from app.lambdas.validator.progress import Progress
from app.lambdas.validator.properties import GOING_DOWN_SECONDS, ValidationProperties
from app.lambdas.validator.turn import Turn
from app.lambdas.validator.verdict import Verdict
from app.migration.checks import Check, CheckContext, CheckResult, WholeTables, run_check
from app.migration.checks.base import Outcome as CheckOutcome
from app.migration.deadline import Deadline
from app.migration.run_order import RunOrder

# What clients saw before the step counts from here; after it, from the moment it was finished.
BEFORE_WINDOW = timedelta(minutes=5)

ContextAt = Callable[[datetime], CheckContext]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """Runs the checks that a phase's gate names, in as many turns as they need."""

    checks: Mapping[str, Check]
    context: Callable[[datetime], ContextAt]
    evidence_bucket: str | None
    metrics: EngineMetrics
    order: RunOrder

    def take_turn(
        self, properties: ValidationProperties, turn: Turn, *, seconds: float
    ) -> Outcome | Turn:
        """Look at every check, for `seconds` at most; return the outcome or the next turn.

        Not passed is FAILED going up, and only reported going down. Going down there is one look
        of a few seconds that leaves out whole tables: a rollback waits for nothing. What is being
        asked when the time is over is cut. Going up, a run stops as soon as there is a newer one:
        HandoverRefused.
        """
        turn_seconds = min(seconds, GOING_DOWN_SECONDS) if properties.going_down else seconds
        deadline = Deadline(seconds=turn_seconds)
        self._take_place(properties, turn)
        since = turn.started_at - (BEFORE_WINDOW if properties.stage == "before" else timedelta())
        looks = self._looks(properties, context=self.context(since), deadline=deadline)
        found = Looks(
            looks,
            once_in_a_row={key for key in looks if isinstance(self.checks[key], WholeTables)},
            patience=Patience(
                seconds=turn.seconds_left(properties.deadline_seconds),
                turn_seconds=deadline.remaining,
                successes=properties.consecutive_successes,
                pause_seconds=properties.look_seconds,
                once=properties.going_down,
            ),
        ).run(turn.progress or Progress(due=tuple(looks)))
        if isinstance(found, Progress):
            return turn.next(found)
        return self._conclude(properties, turn, found)

    def _conclude(self, properties: ValidationProperties, turn: Turn, verdict: Verdict) -> Outcome:
        passed = verdict.outcome is CheckOutcome.PASSED
        self.metrics.publish(_figures(verdict))
        key = evidence.keep(
            _record(properties, verdict, turn=turn, left_out=self._left_out(properties)),
            bucket=self.evidence_bucket,
            run_id=properties.run_id,
            name=properties.record_name,
        )
        data = {
            "Outcome": verdict.outcome.value,
            "Checks": str(len(verdict.results)),
            "Looks": str(verdict.looks),
            "Evidence": key or "log",
        }
        reason = "\n".join(verdict.open_lines)
        if not passed and properties.going_down:
            reason = f"going down, so this is only reported:\n{reason}"
        elif passed and not properties.going_down:
            # The last that is done: what follows is written by this run, or by a newer one.
            self.order.insist(properties.run_id)
        return Outcome(success=passed or properties.going_down, reason=reason, data=data)

    def _take_place(self, properties: ValidationProperties, turn: Turn) -> None:
        if turn.progress is None:
            self.order.announce(properties.run_id)
        if not properties.going_down:
            # What is unknown now is asked again at the end.
            with suppress(DatabaseFailed):
                self.order.insist(properties.run_id)

    def _left_out(self, properties: ValidationProperties) -> tuple[str, ...]:
        """Name the checks of the gate that a rollback does not wait for."""
        if not properties.going_down:
            return ()
        whole = {key for key, check in self.checks.items() if isinstance(check, WholeTables)}
        return tuple(key for key in properties.limits if key in whole)

    def _looks(
        self, properties: ValidationProperties, *, context: ContextAt, deadline: Deadline
    ) -> dict[str, Look]:
        unknown = sorted(set(properties.limits) - set(self.checks))
        if unknown:
            raise InputError(
                f"the gate names checks that do not exist: {', '.join(unknown)}",
                remedy=f"choose among {', '.join(sorted(self.checks))}",
            )
        least = int(properties.limits.get("minimum_requests", 0))

        def at(now: datetime) -> CheckContext:
            return replace(context(now), minimum_requests=least).until(deadline)

        left_out = self._left_out(properties)
        return {
            key: _look(self.checks[key], limit=float(limit), context=at)
            for key, limit in properties.limits.items()
            if limit is not False and key not in left_out
        }


def _look(check: Check, *, limit: float, context: ContextAt) -> Look:
    def look() -> CheckResult:
        return run_check(check, context=context(datetime.now(UTC)), limit=limit)

    return look


def _figures(verdict: Verdict) -> Figures:
    """Count the gate under its outcome, and tell how far the databases' figures agree."""
    gates = {
        f"Gates{outcome.value.capitalize()}": (
            MetricUnit.Count,
            float(verdict.outcome is outcome),
        )
        for outcome in CheckOutcome
    }
    differences = [one.figure for one in verdict.results if one.check == "row_parity"]
    return gates | {"ParityDifferences": (MetricUnit.Count, next(iter(differences), None))}


def _record(
    properties: ValidationProperties, verdict: Verdict, *, turn: Turn, left_out: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "kind": "validation",
        "run_id": properties.run_id,
        "phase": properties.phase,
        "phase_name": properties.phase_name,
        "from_phase": properties.from_phase,
        "going_down": properties.going_down,
        "stage": properties.stage,
        "outcome": verdict.outcome.value,
        "looks": verdict.looks,
        "successes": verdict.successes,
        "turns": turn.number,
        "started_at": turn.started_at.isoformat(),
        "ended_at": datetime.now(UTC).isoformat(),
        "limits": dict(properties.limits),
        "left_out": list(left_out),
        "unasked": list(verdict.unasked),
        "checks": [result.as_record() for result in verdict.results],
    }
