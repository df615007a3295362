"""The CloudFormation templates of a phase: custom resources that run in order. Plain Python.

CloudFormation calls a custom resource again only when a property changes. The run id does, on
every apply; it is a parameter, so the template itself stays constant.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.config.environment import Environment
from app.config.names import Names
from app.config.phases import Phase

Stage = Literal["before", "after"]

# Starting a function, and its answer's way back, on top of the deadline that the function keeps.
FUNCTION_GRACE_SECONDS = 60
CALLBACK_GRACE_SECONDS = 30
# Lambda's own limit; a gate that looks for longer goes on in further invocations.
LONGEST_FUNCTION_SECONDS = 900

PARAMETERS = {
    "FromPhase": {"Type": "Number", "MinValue": -1, "MaxValue": 100},
    "RunId": {"Type": "String", "MinLength": 1},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One custom resource: its logical id, its type and its properties."""

    name: str
    type: str
    service_timeout_seconds: int
    properties: dict[str, object] = field(default_factory=dict)


def validation_function_seconds(environment: Environment) -> int:
    """Tell how long one invocation of the validator may run."""
    return min(_validation_seconds(environment), LONGEST_FUNCTION_SECONDS)


def handover_wait_seconds(environment: Environment) -> int:
    """Tell how long clients may still hold a DNS answer from before the records changed."""
    return environment.dns.ttl_seconds + environment.phase_times.dns_margin_seconds


def handover_function_seconds(environment: Environment) -> int:
    """Tell how long the handover may run: the wait, the handover's own deadline, and the grace."""
    deadline = environment.phase_times.handover_deadline_seconds
    return handover_wait_seconds(environment) + deadline + FUNCTION_GRACE_SECONDS


def validation(*, environment: Environment, phase: Phase, stage: Stage) -> Step:
    """Return the gate of a stage."""
    gate = phase.gates.before if stage == "before" else phase.gates.after
    timeout = _validation_seconds(environment) + CALLBACK_GRACE_SECONDS
    return Step(
        name="Validation",
        type="Custom::MigrationValidation",
        service_timeout_seconds=timeout,
        properties=_common(environment, "validator", timeout, phase)
        | {
            "ConsecutiveSuccesses": gate.consecutive_successes,
            "DeadlineSeconds": environment.phase_times.validation_deadline_seconds,
            "Limits": json.dumps(gate.limits(left_out=environment.gates.left_out), sort_keys=True),
            "LookSeconds": environment.gates.look_seconds,
            "PhaseName": phase.name,
            "Stage": stage,
        },
    )


def handover(*, environment: Environment, phase: Phase) -> Step:
    """Return the handover to the phase's writer; it does nothing where that site writes already.

    Only on the way to the writer `aws` clients are waited for: they must reach AWS before their
    old answer leads them to a site that no longer writes.
    """
    timeout = handover_function_seconds(environment) + CALLBACK_GRACE_SECONDS
    moves_up = phase.features.writer == "aws"
    return Step(
        name="Handover",
        type="Custom::WriterHandover",
        service_timeout_seconds=timeout,
        properties=_common(environment, "handover", timeout, phase)
        | {
            "DeadlineSeconds": environment.phase_times.handover_deadline_seconds,
            "WaitSeconds": handover_wait_seconds(environment) if moves_up else 0,
            "Writer": phase.features.writer,
        },
    )


def steps(*, environment: Environment, phase: Phase, stage: Stage) -> tuple[Step, ...]:
    """List what runs before or after the records of a phase change, in order.

    The writer `legacy` takes over before any traffic moves to it; the writer `aws` after all
    traffic has. So one apply is right from every phase.
    """
    gate = validation(environment=environment, phase=phase, stage=stage)
    moves_writer: Stage = "before" if phase.features.writer == "legacy" else "after"
    if stage == moves_writer:
        return (handover(environment=environment, phase=phase), gate)
    return (gate,)


def template(sequence: Sequence[Step], *, description: str) -> str:
    """Write a template in which each step waits for the one before it."""
    resources: dict[str, dict[str, object]] = {}
    previous: str | None = None
    for step in sequence:
        resources[step.name] = {"Type": step.type, "Properties": step.properties}
        if previous is not None:
            resources[step.name]["DependsOn"] = previous
        previous = step.name
    document = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description,
        "Parameters": PARAMETERS,
        "Resources": resources,
    }
    return json.dumps(document, sort_keys=True)


def _validation_seconds(environment: Environment) -> int:
    """Tell how long all invocations of a gate together may run."""
    return environment.phase_times.validation_deadline_seconds + FUNCTION_GRACE_SECONDS


def _common(
    environment: Environment, purpose: str, timeout_seconds: int, phase: Phase
) -> dict[str, object]:
    return {
        "FromPhase": {"Ref": "FromPhase"},
        "Phase": phase.phase,
        "RunId": {"Ref": "RunId"},
        "ServiceTimeout": timeout_seconds,
        "ServiceToken": Names.of(environment).function_arn(purpose),
    }
