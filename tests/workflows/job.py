"""Runs a job's own `run:` steps, in their order, as a runner does; actions are not run.

What an action would have done (check out, install, sign in) is there before: the caller gives a
checkout, a PATH with payshift, and the variables of the target.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.workflows.expressions import filled, holds

# Their packages are installed here; that they suffice is a test of its own.
INSTALLING = ("Set up payshift", "Set up what building needs")


@dataclass
class Done:
    """How a job ended: exit codes and words by step, its outputs, its summary."""

    steps: dict[str, int] = field(default_factory=dict)
    said: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""

    @property
    def failed(self) -> bool:
        """Whether a step failed."""
        return any(self.steps.values())


def run_job(
    checkout: Path,
    workflow: str,
    job: str,
    *,
    github: Mapping[str, Any],
    needs: Mapping[str, Done] | None = None,
    inputs: Mapping[str, str] = {},
    environment: Mapping[str, str],
    files: Path,
    instead: Mapping[str, str] = {},
) -> Done | None:
    """Run a job of `.github/workflows/<workflow>.yml`; None when its `if` does not hold.

    `instead` are values of variables that are others here than what the file says.
    """
    content = yaml.safe_load((checkout / ".github/workflows" / f"{workflow}.yml").read_text())
    settings, done = content["jobs"][job], Done()
    context: dict[str, Any] = {
        "github": github,
        "inputs": inputs,
        "needs": {name: {"outputs": one.outputs} for name, one in (needs or {}).items()},
        "steps": {},
    }
    before_failed = any(one.failed for one in (needs or {}).values())
    if not holds(settings.get("if", ""), context, failed=before_failed):
        return None
    files.mkdir(parents=True, exist_ok=True)
    carried: dict[str, str] = {}
    for number, step in enumerate(settings["steps"]):
        wanted = holds(step.get("if", ""), context, failed=done.failed)
        if "run" not in step or not wanted or step["name"].startswith(INSTALLING):
            continue
        assert "${{" not in step["run"], f"{step['name']} holds an expression in its script"
        layers = [content.get("env"), settings.get("env"), step.get("env")]
        variables = {
            k: filled(str(v), context) for layer in layers for k, v in (layer or {}).items()
        }
        variables |= {name: value for name, value in instead.items() if variables.get(name)}
        paths = {name: files / f"{number}-{name.lower()}" for name in _FILES}
        done.steps[step["name"]] = _run(
            step["run"], checkout, {**environment, **carried, **variables}, paths, done
        )
        outputs = _named(paths["GITHUB_OUTPUT"])
        carried |= _named(paths["GITHUB_ENV"])
        if "id" in step:
            context["steps"][step["id"]] = {"outputs": outputs}
        done.summary += _text(paths["GITHUB_STEP_SUMMARY"])
    done.outputs = {
        name: filled(value, context) for name, value in settings.get("outputs", {}).items()
    }
    return done


_FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")


def _run(
    script: str, checkout: Path, variables: Mapping[str, str], files: Mapping[str, Path], done: Done
) -> int:
    ended = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=checkout,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT")},
            "CI": "true",
            "PYTHONPATH": str(checkout),
            **variables,
            **{name: str(file) for name, file in files.items()},
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    done.said += ended.stdout
    return ended.returncode


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _named(file: Path) -> dict[str, str]:
    """Read `name=value` lines and `name<<END … END` blocks."""
    found: dict[str, str] = {}
    lines = iter(_text(file).splitlines())
    for line in lines:
        name, sign, end = line.partition("<<")
        if sign and "=" not in name:
            block: list[str] = []
            for inner in lines:
                if inner == end:
                    break
                block.append(inner)
            found[name] = "\n".join(block)
        elif "=" in line:
            name, _, value = line.partition("=")
            found[name] = value
    return found
