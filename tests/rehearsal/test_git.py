from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import InputError, Refused
from app.local.rehearsal.product_files import product_files
from app.local.rehearsal.repository import Push, Repository, git
from app.local.rehearsal.runner import Runner
from app.local.rehearsal.workflow import WORKFLOW, deliver_step
from tests.documents import ROOT

DELIVER = """
env: {LEVEL: workflow, SECRET: "${{ secrets.ROLE }}"}
jobs:
  deliver:
    env: {LEVEL: job}
    steps:
      - uses: actions/checkout@0000
      - run: echo preparing
      - name: Deliver
        run: |
          payshift deliver || exit $?
"""
# Stands for the command: writes down where it ran, in which phase, and with which variables.
PAYSHIFT = """#!/bin/sh
echo "$1 $PAYSHIFT_ENVIRONMENT $LEVEL ${SECRET:-none} $(git rev-parse HEAD)" >> "$SEEN"
grep '^live' phases/live.yaml >> "$SEEN"
printf %s "${SAY:-}"
exit "${EXIT_CODE:-0}"
"""


@pytest.fixture
def product(tmp_path: Path) -> Path:
    root = tmp_path / "product"
    (root / "phases").mkdir(parents=True)
    (root / "phases" / "live.yaml").write_text("# where production shall be\nlive: phase-50\n")
    (root / WORKFLOW).parent.mkdir(parents=True)
    (root / WORKFLOW).write_text(DELIVER)
    (root / "build").mkdir()
    (root / "build" / "left-over").write_text("x")
    return root


@pytest.fixture
def repository(tmp_path: Path, product: Path) -> Repository:
    made = Repository(tmp_path / "git")
    made.create(live="phase-0", root=product)
    return made


def runner(tmp_path: Path, repository: Repository, **environment: str) -> Runner:
    logs = tmp_path / "logs"
    logs.mkdir(exist_ok=True)
    command = tmp_path / "payshift"
    command.write_text(PAYSHIFT)
    command.chmod(0o755)
    # A function named like the command, so that the virtual environment's own is not found first.
    shim = f'payshift() {{ "{command}" "$@"; }}; export -f payshift'
    path = repository.work / WORKFLOW
    path.write_text(
        path.read_text().replace("payshift deliver", f"{shim}\n          payshift deliver")
    )
    git(repository.work, "commit", "--quiet", "--all", "--message", "use the stand-in")
    return Runner(
        remote=repository.remote,
        checkout=tmp_path / "runner",
        logs=logs,
        environment={
            "PAYSHIFT_ENVIRONMENT": "local",
            "SEEN": str(tmp_path / "seen"),
            **environment,
        },
    )


def live_at(repository: Repository, revision: str) -> str:
    return git(repository.remote, "show", f"{revision}:phases/live.yaml").splitlines()[-1]


def test_a_merge_changes_one_line_on_main_by_a_merge_commit(repository: Repository) -> None:
    push = repository.merge(live="phase-10")
    assert push.live == "phase-10"
    assert live_at(repository, "main") == "live: phase-10"
    assert len(git(repository.remote, "rev-list", "--parents", "-1", "main").split()) == 3
    changed = git(repository.remote, "diff", "--numstat", "main^1", "main")
    assert changed.split() == ["1", "1", "phases/live.yaml"]


def test_reverting_the_last_advance_leads_to_the_phase_before(repository: Repository) -> None:
    repository.merge(live="phase-10")
    repository.merge(live="phase-50")
    push = repository.revert()
    assert (push.live, push.reverts) == ("phase-10", True)
    assert push.subject.startswith('Revert "')


def test_several_advances_are_reverted_in_one_push_and_can_be_made_again(
    repository: Repository,
) -> None:
    for live in ("phase-10", "phase-50", "phase-100"):
        repository.merge(live=live)
    assert repository.revert().live == "phase-50"
    assert repository.revert(advances=2).live == "phase-0"
    assert repository.merge(live="phase-10").live == "phase-10"
    assert repository.merge(live="phase-50").live == "phase-50"


def test_only_what_git_would_add_is_copied(product: Path) -> None:
    names = {str(name) for name in product_files(product)}
    assert names == {"phases/live.yaml", str(WORKFLOW)}
    (product / ".gitignore").write_text("*.secret\nbuild/\n")
    (product / "key.secret").write_text("x")
    git(product, "init", "--quiet")
    assert "key.secret" not in {str(name) for name in product_files(product)}


def test_the_runner_runs_the_workflows_own_step_at_the_pushed_commit(
    tmp_path: Path, repository: Repository
) -> None:
    under_test = runner(tmp_path, repository)
    push = repository.merge(live="phase-10")
    delivery = under_test.deliver(push)
    assert (tmp_path / "seen").read_text().splitlines() == [
        f"deliver local job none {push.commit}",
        "live: phase-10",
    ]
    assert delivery.started <= delivery.ended


def test_a_refused_delivery_raises_with_its_words(tmp_path: Path, repository: Repository) -> None:
    under_test = runner(tmp_path, repository, EXIT_CODE="1")
    push = repository.merge(live="phase-10")
    with pytest.raises(Refused, match="the delivery of phase-10 ended with exit code 1"):
        under_test.deliver(push)


def test_a_refusal_is_told_from_its_error_on(tmp_path: Path, repository: Repository) -> None:
    said = "phase-10: planning\nerror: p95_milliseconds failed\n  → look at that site\n"
    under_test = runner(tmp_path, repository, EXIT_CODE="1", SAY=said)
    push = repository.merge(live="phase-10")
    with pytest.raises(Refused) as refusal:
        under_test.deliver(push)
    assert refusal.value.message.splitlines() == [
        "the delivery of phase-10 ended with exit code 1:",
        "error: p95_milliseconds failed",
        "  → look at that site",
    ]


def test_the_step_of_the_real_workflow_is_found() -> None:
    step = deliver_step(ROOT)
    assert step.script == "exec payshift deliver"
    assert step.environment == {"PAYSHIFT_ENVIRONMENT": "production"}


def test_a_workflow_without_the_step_is_refused(tmp_path: Path) -> None:
    path = tmp_path / WORKFLOW
    path.parent.mkdir(parents=True)
    path.write_text("jobs: {deliver: {steps: [{run: make}]}}")
    with pytest.raises(InputError, match="0 steps"):
        deliver_step(tmp_path)


def test_an_expression_in_the_script_is_refused(tmp_path: Path) -> None:
    path = tmp_path / WORKFLOW
    path.parent.mkdir(parents=True)
    path.write_text('jobs: {a: {steps: [{run: "payshift deliver ${{ inputs.to }}"}]}}')
    with pytest.raises(InputError, match="only GitHub can fill in"):
        deliver_step(tmp_path)


def test_git_is_not_led_astray_by_the_machines_configuration(
    tmp_path: Path, product: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text("[commit]\n gpgSign = true\n[init]\n defaultBranch = x\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    push = Repository(tmp_path / "git").create(live="phase-0", root=product)
    assert isinstance(push, Push)
    author = git(tmp_path / "git" / "remote.git", "log", "-1", "--format=%an", "main")
    assert author == "Platform Engineer"
