"""Reads from the delivery workflow the very command that a push to main runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from app.errors import InputError

WORKFLOW = Path(".github") / "workflows" / "deliver.yml"
# Of a phase: the foundation follows in a step of its own, and nobody changes it in a rehearsal.
_DELIVERS = re.compile(r"(^|[\s;&|])payshift\s+deliver\b(?!.*--foundation)")


@dataclass(frozen=True, slots=True)
class RunStep:
    """A step's shell lines, and the variables that it and what is around it set to plain values."""

    script: str
    environment: Mapping[str, str]


def deliver_step(checkout: Path) -> RunStep:
    """Return the step of deliver.yml that delivers a phase by `payshift deliver`.

    InputError when there is none or more than one, or when GitHub would fill in a part of it.
    """
    path = checkout / WORKFLOW
    try:
        workflow = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"{WORKFLOW} cannot be read: {error}", remedy="restore it") from error
    steps = list(_run_steps(workflow))
    if len(steps) != 1:
        raise InputError(
            f"{WORKFLOW} has {len(steps)} steps that run `payshift deliver`; one is needed",
            remedy="keep exactly one such step",
        )
    if "${{" in steps[0].script:
        raise InputError(
            f"the deliver step of {WORKFLOW} holds an expression that only GitHub can fill in",
            remedy="pass the value through the step's `env`",
        )
    return steps[0]


def _run_steps(workflow: Mapping[str, Any]) -> Iterator[RunStep]:
    for job in workflow.get("jobs", {}).values():
        for step in job.get("steps", ()):
            script = step.get("run", "")
            if _DELIVERS.search(script):
                layers = (workflow, job, step)
                yield RunStep(script, {k: v for layer in layers for k, v in _plain(layer).items()})


def _plain(layer: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables whose values GitHub does not compute."""
    return {
        name: str(value)
        for name, value in (layer.get("env") or {}).items()
        if "${{" not in str(value)
    }
