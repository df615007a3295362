"""Each phase as a step of the migration: what to merge, what is checked, how long it takes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.config.environment import Environment
from app.config.loading import PhaseSet
from app.config.phases import Phase
from app.migration.checks import all_checks

_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLine:
    """One limit of a gate: `key` as in the phase file, and what to do when it is not kept."""

    key: str
    limit: str
    unit: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A phase, seen from the one below. Times in seconds; `sample_seconds` at the average rate."""

    phase: Phase
    below: Phase | None
    before: tuple[GateLine, ...]
    after: tuple[GateLine, ...]
    at_most_seconds: int
    sample_seconds: int | None

    @property
    def moves_the_writer(self) -> bool:
        """Whether the database that accepts payments changes on the way up."""
        was = self.below.features.writer if self.below else "legacy"
        return was != self.phase.features.writer


def steps(phases: PhaseSet, environment: Environment) -> tuple[Step, ...]:
    """Return every phase in the order of going up."""
    below: Phase | None = None
    found = []
    for phase in phases.phases:
        found.append(
            Step(
                phase=phase,
                below=below,
                before=_lines(phase.gates.before.limits()),
                after=_lines(phase.gates.after.limits()),
                at_most_seconds=_at_most(phase, environment),
                sample_seconds=_sample(phase, environment),
            )
        )
        below = phase
    return tuple(found)


def _lines(limits: dict[str, float | int | bool]) -> tuple[GateLine, ...]:
    checks = all_checks()
    return tuple(
        GateLine(
            key=key,
            limit="must hold" if limit is True else f"{limit:g}",
            unit="" if limit is True else checks[key].unit,
            remedy=checks[key].remedy,
        )
        for key, limit in limits.items()
    )


def _at_most(phase: Phase, environment: Environment) -> int:
    """Return the sum of the deadlines that an apply of the phase waits for."""
    times = environment.phase_times
    stages = sum(1 for gate in (phase.gates.before, phase.gates.after) if gate.limits())
    waits = environment.dns.ttl_seconds + times.dns_margin_seconds
    return stages * times.validation_deadline_seconds + times.handover_deadline_seconds + waits


def _sample(phase: Phase, environment: Environment) -> int | None:
    """Return how long the smallest sample takes to come together at the site under test."""
    wanted = phase.gates.after.minimum_requests
    usage, share = environment.cost.usage, phase.traffic.aws_percent / 100
    if wanted is None or share == 0:
        return None
    per_second = usage.transactions_per_day * usage.requests_per_transaction / _SECONDS_A_DAY
    return math.ceil(wanted / (per_second * share))
