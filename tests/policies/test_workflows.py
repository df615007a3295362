"""The workflows break no check of checkov, and each job signs in as no more than it needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.config.loading import load_environment, load_phases
from app.config.names import Names
from app.pipeline.bootstrap.variables import repository_variables
from app.pipeline.policy.checkov import run_checkov
from app.pipeline.runbook.steps import steps

WORKFLOWS = Path(__file__).parents[2] / ".github" / "workflows"
# Keys that checkov 3.3 does not know: without a word it leaves out a file that has one.
_NEWER = re.compile(r"^ +(queue: max|attestations: write.*)\n", flags=re.MULTILINE)
_ROLE = re.compile(r"\$\{\{ vars\.(\w+) \}\}")

# Whom a step is signed in as, in the order of the steps; no other job signs in.
SIGNED_IN = {
    ("deliver", "deliver"): {
        "payshift bundle": "DELIVER",
        "uv pip install --require-hashes --requirement requirements/synth.txt": "DELIVER",
        "exec payshift deliver": "DELIVER",
        "exec payshift deliver --foundation --reviewed": "DELIVER",
    },
    ("drift", "look"): {"payshift drift": "DRIFT", "payshift issue": "DRIFT"},
    ("pull-request", "plan"): {"payshift check": "PLAN", "payshift plan": "PLAN"},
    ("release", "push"): {"docker load": "RELEASE", "cosign sign": "RELEASE"},
    ("restore-state", "restore"): {
        "payshift state list": "RESTORE",
        "exec payshift state restore": "DELIVER",
    },
}


@pytest.mark.slow
def test_workflows_break_no_check_but_the_one_that_says_why(tmp_path: Path) -> None:
    known = tmp_path / ".github" / "workflows"
    known.mkdir(parents=True)
    for file in WORKFLOWS.glob("*.yml"):
        text = _NEWER.sub("", file.read_text(encoding="utf-8"))
        (known / file.name).write_text(text, encoding="utf-8")
    (report,) = run_checkov(known, report=tmp_path, frameworks=["github_actions"])
    looked_at = {Path(one["file_path"]).name for one in report.records("passed")}
    assert looked_at == {file.name for file in WORKFLOWS.glob("*.yml")}
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


def workflow(name: str) -> dict[Any, Any]:
    """One workflow; its key `on` is what YAML takes for true."""
    text = (WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8")
    loaded: dict[Any, Any] = yaml.safe_load(text)
    return loaded


def longest_phase_seconds() -> int:
    """The sum of the deadlines of that phase of which it is greatest."""
    found = steps(load_phases(WORKFLOWS.parents[1] / "phases"), load_environment("production"))
    return max(step.at_most_seconds for step in found)


# Whatever changes production, by the workflow and the job that do it.
APPLYING = {("deliver", "deliver"), ("restore-state", "restore")}


def test_nothing_that_applies_is_dropped_or_ended_by_another_run() -> None:
    for name, _ in APPLYING:
        concurrency = workflow(name)["concurrency"]
        assert "deliver-production" in concurrency["group"], name
        assert concurrency["cancel-in-progress"] is False, name
        # Of runs that wait, GitHub else keeps the last one alone: a rollback could be dropped.
        assert concurrency["queue"] == "max", name


def test_a_list_of_versions_waits_for_no_delivery_and_holds_none_up() -> None:
    group = workflow("restore-state")["concurrency"]["group"]
    assert group == "${{ inputs.version && 'deliver-production' || 'list-states' }}"


def test_a_cancelled_run_interrupts_terraform_before_it_is_killed() -> None:
    applies = [
        step["run"]
        for job in sorted(APPLYING)
        for step in jobs()[job]
        if re.search(r"payshift (deliver|state restore)", step.get("run", ""))
    ]
    assert len(applies) == 3  # a phase, the foundation, a restore
    assert all(run.startswith("exec payshift ") for run in applies), applies


def test_a_job_that_applies_lasts_longer_than_the_deadlines_of_its_phase() -> None:
    deadlines = longest_phase_seconds()
    for name, job in APPLYING:
        found = workflow(name)["jobs"][job]
        sessions = [
            step["with"]["role-duration-seconds"]
            for step in found["steps"]
            if "DELIVER_ROLE_ARN" in step.get("with", {}).get("role-to-assume", "")
        ]
        # Ten minutes to check out, install and plan before, and to store after.
        assert found["timeout-minutes"] * 60 >= deadlines + 600, name
        assert min(sessions) >= deadlines + 600, name


def test_what_the_documents_tell_people_to_dispatch_can_be_dispatched() -> None:
    for name in ("deliver", "drift", "release", "restore-state"):
        assert "workflow_dispatch" in workflow(name)[True], name


def test_a_job_that_a_person_starts_delivers_main_alone() -> None:
    assert workflow("deliver")["jobs"]["deliver"]["if"] == "github.ref == 'refs/heads/main'"


def test_every_job_installs_the_uv_that_this_repository_bootstraps() -> None:
    makefile = (WORKFLOWS.parents[1] / "Makefile").read_text(encoding="utf-8")
    (pinned,) = re.findall(r"^UV_VERSION := (\S+)$", makefile, flags=re.MULTILINE)
    versions = [
        step.get("with", {}).get("version")
        for steps in jobs().values()
        for step in steps
        if "setup-uv@" in step.get("uses", "")
    ]
    assert versions
    assert set(versions) == {pinned}
