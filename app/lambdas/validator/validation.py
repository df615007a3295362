"""One validation: which checks, at which sites, since when, and what becomes of their verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from app.errors import InputError
from app.lambdas import evidence
from app.lambdas.custom_resource import Outcome
from app.lambdas.engine_metrics import EngineMetrics, Figures
from app.lambdas.validator.looks import Look, Verdict, look_until_clear
from app.lambdas.validator.properties import ValidationProperties
from app.migration.checks import Check, CheckContext, run_check
from app.migration.checks.base import Outcome as CheckOutcome

# What clients saw before the step counts from here; after it, from the moment it was finished.
BEFORE_WINDOW = timedelta(minutes=5)

ContextAt = Callable[[datetime], CheckContext]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """Runs the checks that a phase's gate names; called by the custom resource protocol."""

    checks: Mapping[str, Check]
    context: Callable[[datetime], ContextAt]
    evidence_bucket: str | None
    metrics: EngineMetrics

    def __call__(self, properties: ValidationProperties, *, seconds: float) -> Outcome:
        """Look at every check; not passed is FAILED going up, and only reported going down.

        Going down there is one look: a rollback waits for nothing.
        """
        started = datetime.now(UTC)
        since = started - BEFORE_WINDOW if properties.stage == "before" else started
        verdict = look_until_clear(
            self._looks(properties, context=self.context(since)),
            seconds=seconds,
            once=properties.going_down,
        )
        passed = verdict.outcome is CheckOutcome.PASSED
        self.metrics.publish(_figures(verdict))
        key = evidence.keep(
            _record(properties, verdict, started=started),
            bucket=self.evidence_bucket,
            run_id=properties.run_id,
            name=f"validation-{properties.phase}-{properties.stage}",
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
        return Outcome(success=passed or properties.going_down, reason=reason, data=data)

    def _looks(self, properties: ValidationProperties, *, context: ContextAt) -> dict[str, Look]:
        unknown = sorted(set(properties.limits) - set(self.checks))
        if unknown:
            raise InputError(
                f"the gate names checks that do not exist: {', '.join(unknown)}",
                remedy=f"choose among {', '.join(sorted(self.checks))}",
            )
        return {
            key: _look(self.checks[key], limit=float(limit), context=context)
            for key, limit in properties.limits.items()
            if limit is not False
        }


def _look(check: Check, *, limit: float, context: ContextAt) -> Look:
    return lambda: run_check(check, context=context(datetime.now(UTC)), limit=limit)


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
    properties: ValidationProperties, verdict: Verdict, *, started: datetime
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
        "started_at": started.isoformat(),
        "ended_at": datetime.now(UTC).isoformat(),
        "limits": dict(properties.limits),
        "checks": [result.as_record() for result in verdict.results],
    }
