"""The workflows break no check of checkov, and each job signs in as no more than it needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.config.loading import load_environment
from app.config.names import Names
from app.pipeline.bootstrap.variables import repository_variables
from app.pipeline.policy.checkov import run_checkov

WORKFLOWS = Path(__file__).parents[2] / ".github" / "workflows"
_ROLE = re.compile(r"\$\{\{ vars\.(\w+) \}\}")

# Whom a step is signed in as, in the order of the steps; no other job signs in.
SIGNED_IN = {
    ("deliver", "deliver"): {
        "payshift bundle": "DELIVER",
        "uv pip install --require-hashes --requirement requirements/synth.txt": "DELIVER",
        "payshift deliver": "DELIVER",
        "payshift deliver --foundation --reviewed": "DELIVER",
    },
    ("drift", "look"): {"payshift drift": "DRIFT", "payshift issue": "DRIFT"},
    ("pull-request", "plan"): {"payshift check": "PLAN", "payshift plan": "PLAN"},
    ("release", "push"): {"docker load": "RELEASE", "cosign sign": "RELEASE"},
    ("restore-state", "restore"): {
        "payshift state list": "RESTORE",
        "payshift state restore": "DELIVER",
    },
}


@pytest.mark.slow
def test_workflows_break_no_check_but_the_one_that_says_why(tmp_path: Path) -> None:
    (report,) = run_checkov(WORKFLOWS, report=tmp_path, frameworks=["github_actions"])
    assert [(one["check_id"], one["file_path"]) for one in report.records("failed")] == []
    skipped = {
        (one["check_id"], Path(one["file_path"]).name): one["check_result"]["suppress_comment"]
        for one in report.records("skipped")
    }
    assert set(skipped) == {("CKV_GHA_7", "restore-state.yml")}
    assert all(len(reason) > 20 for reason in skipped.values())


def jobs() -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The steps of every job, by workflow and job."""
    return {
        (file.stem, name): job["steps"]
        for file in sorted(WORKFLOWS.glob("*.yml"))
        for name, job in yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"].items()
    }


def signed_in(steps: list[dict[str, Any]]) -> dict[str, str]:
    """Role by what a step runs, for the steps after the first sign-in."""
    role, found = "", {}
    for step in steps:
        if "role-to-assume" in step.get("with", {}):
            (variable,) = _ROLE.findall(step["with"]["role-to-assume"])
            role = variable.removesuffix("_ROLE_ARN")
        elif role and "run" in step:
            found[step["run"]] = role
    return found


def test_each_step_is_signed_in_as_no_more_than_it_needs() -> None:
    found = {job: roles for job, steps in jobs().items() if (roles := signed_in(steps))}
    assert set(found) == set(SIGNED_IN)
    for job, roles in found.items():
        wanted = SIGNED_IN[job]
        assert list(roles.values()) == list(wanted.values()), job
        assert all(run.startswith(start) for run, start in zip(roles, wanted, strict=True)), job


def test_workflows_sign_in_to_the_region_of_production() -> None:
    regions = {
        step["with"]["aws-region"]
        for steps in jobs().values()
        for step in steps
        if "aws-region" in step.get("with", {})
    }
    assert regions == {load_environment("production").region}


def test_every_role_that_bootstrap_makes_is_taken_by_a_workflow() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in WORKFLOWS.glob("*.yml"))
    made = repository_variables(Names.of(load_environment("production")))
    assert set(_ROLE.findall(text)) == set(made)
