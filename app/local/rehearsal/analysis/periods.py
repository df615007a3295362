"""When each phase was really in force, seen from outside."""

from __future__ import annotations

from dataclasses import dataclass

from app.config.phases import Phase
from app.local.rehearsal.analysis.recording import Recording
from app.local.rehearsal.marks import Step

SLACK_SECONDS = 0.5
"""An answer may be used for a moment longer than its TTL: it is asked for before it is used."""


@dataclass(frozen=True, slots=True)
class Period:
    """One step's phase in force: from the first sample that shows its weights to the next one's.

    In `[converged, until]` no client can still hold an answer drawn from older weights, and the
    weights had not changed yet when the last sample was taken. Empty when `converged > until`.
    """

    step: Step
    phase: Phase
    weights_at: float
    converged: float
    until: float


def periods(recording: Recording, *, phases: dict[str, Phase]) -> tuple[Period, ...]:
    """Return the period of every step whose weights were seen, in order."""
    found: list[Period] = []
    for number, step in enumerate(recording.steps):
        weights_at = _weights_at(recording, step, phases[step.phase].traffic.aws_percent)
        if weights_at is None:
            continue
        later = recording.steps[number + 1 :]
        found.append(
            Period(
                step=step,
                phase=phases[step.phase],
                weights_at=weights_at,
                converged=weights_at + recording.ttl + SLACK_SECONDS,
                until=_until(
                    recording,
                    phases[step.phase],
                    since=later[0].pushed if later else weights_at,
                    ended=None if later else recording.ended,
                ),
            )
        )
    return tuple(found)


def _weights_at(recording: Recording, step: Step, aws_percent: int) -> float | None:
    """Return the time of the first sample after the push with the phase's weights."""
    for sample in recording.cloud:
        if sample.at >= step.pushed and sample.aws_percent == aws_percent:
            return sample.at
    return None


def _until(recording: Recording, phase: Phase, *, since: float, ended: float | None) -> float:
    """Return the time of the last sample from `since` on before these weights were changed.

    The next step changes them, or behind the last one a gate that says no; else they hold until
    `ended`, if that is given.
    """
    last = since
    for sample in recording.cloud:
        if sample.at < since or sample.aws_percent is None:
            continue
        if sample.aws_percent != phase.traffic.aws_percent:
            return last
        last = sample.at
    return last if ended is None else ended
