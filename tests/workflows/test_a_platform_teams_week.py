"""The workflows' own steps, read from their files, tell one story; the tests follow its order."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from app.local.rehearsal.repository import git
from tests.workflows.conftest import LIVE, Platform
from tests.workflows.job import Done

FOUNDATION = "Bring the foundation to what was reviewed"
pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]


def pull_request(platform: Platform, live: str) -> tuple[Done, Done, str]:
    """Open a pull request that moves live, as people do; returns plan, comment, its head."""
    work = platform.repository.work
    base = git(work, "rev-parse", "HEAD")
    branch = f"to-{live}"
    git(work, "checkout", "--quiet", "-B", branch)
    (work / LIVE).write_text(f"live: {live}\n")
    # Empty when main says so already, because an earlier step was merged and then refused.
    git(work, "commit", "--quiet", "--all", "--allow-empty", "--message", f"Advance to {live}")
    git(work, "push", "--quiet", "--force", "origin", branch)
    head = git(work, "rev-parse", "HEAD")
    git(work, "checkout", "--quiet", "main")
    platform.hub.commits[head] = {"files": {LIVE: f"live: {live}\n"}, "message": "", "parents": []}
    platform.hub.refs[f"heads/{branch}"] = head
    number = (
        next((one["number"] for one in platform.hub.pulls if one["branch"] == branch), 0)
        or platform.hub.open(branch=branch)["number"]
    )
    event = {
        "pull_request": {
            "number": number,
            "base": {"sha": base},
            "head": {"sha": head, "repo": {"full_name": "example/payshift"}},
        }
    }
    plan = platform.run(head, "pull-request", "plan", event=event)
    assert plan is not None
    assert not plan.failed, plan.said
    # The artifact is a file that no commit has, so it is there in the next job's checkout.
    commented = platform.run(base, "pull-request", "comment", event=event, needs={"plan": plan})
    assert commented is not None
    return plan, commented, head


def merge(platform: Platform, head: str, live: str) -> Done:
    """Squash a pull request onto main, so that no parent leads to what was reviewed."""
    work = platform.repository.work
    (work / LIVE).write_text(f"live: {live}\n")
    git(work, "commit", "--quiet", "--all", "--allow-empty", "--message", f"Advance to {live}")
    push = platform.repository._push(reverts=False)
    platform.hub.commits[push.commit] = {"files": {LIVE: f"live: {live}\n"}, "message": "",
                                         "parents": []}  # fmt: skip
    platform.hub.refs["heads/main"] = push.commit
    for pull in platform.hub.pulls:
        if pull["head"]["sha"] == head or pull["branch"] == f"to-{live}":
            pull |= {"merge_commit_sha": push.commit, "state": "closed", "merged_at": "2026-11-23"}
            pull["head"] = {**pull["head"], "sha": head}
    return platform.push(push.commit)


def test_the_first_push_delivers_phase_0_from_the_stored_bundle(platform: Platform) -> None:
    done = platform.push(platform.first)
    assert done.steps == {"Look for the stored bundle": 0, "Deliver": 0, FOUNDATION: 0}, done.said
    assert "no pull request showed a plan: the foundation is left as it is" in done.said
    assert platform.phase() == "phase-0"
    assert "### Production is in phase-0" in done.summary


def test_a_dispatch_from_another_branch_delivers_nothing(platform: Platform) -> None:
    aside = platform.run(platform.first, "deliver", "deliver", ref="refs/heads/aside")
    assert aside is None


def test_a_pull_request_says_what_merging_will_do_in_one_comment(platform: Platform) -> None:
    plan, comment, _head = pull_request(platform, "phase-10")
    assert plan.steps == {"No phase is skipped": 0, "Plan": 0}, plan.said
    assert comment.steps == {"Comment": 0}, comment.said
    pull_request(platform, "phase-10")
    ((text,),) = [[one["body"] for one in kept] for kept in platform.hub.comments.values()]
    assert "### Merging brings local on from phase-0 to phase-10" in text
    assert "Canary: traffic at AWS 0 % → **10 %**, writer legacy → **legacy**." in text
    assert "p95_milliseconds 300" in text
    assert "| phase-10 | 1 | 0 | 0 | yes |" in text
    assert "USD a month" in text
    assert text.splitlines()[1:3] == plan.summary.splitlines()[1:3]


def test_merged_it_is_applied_as_it_was_reviewed(platform: Platform) -> None:
    _plan, _comment, head = pull_request(platform, "phase-10")
    done = merge(platform, head, "phase-10")
    assert not done.failed, done.said
    assert f"phase-10: as reviewed at {head[:12]}" in done.said
    assert platform.phase() == "phase-10"
    assert platform.records("started")[-1]["review"]["reviewed"] == head


def test_what_was_shown_of_the_foundation_is_applied_behind_the_phase(platform: Platform) -> None:
    _plan, _comment, head = pull_request(platform, "phase-10")
    value = {"before": None, "after": "as reviewed"}
    platform.show_besides(
        head,
        {
            "workspace": "network",
            "from_phase": None,
            "state": {"lineage": "", "serial": 0},
            "changes": [
                {
                    "address": "terraform_data.made",
                    "actions": ["create"],
                    "values": {"input": value},
                }
            ],
        },
    )
    done = merge(platform, head, "phase-10")
    assert not done.failed, done.said
    assert "network: as reviewed at" in done.said, done.said
    assert done.said.index("nothing to do") < done.said.index("network: as reviewed at")
    assert "### The foundation is as reviewed\n\n- network: " in done.summary
    record = platform.records("started")[-1]
    assert (record["workspace"], record["who"]) == ("network", "an-engineer")


def test_an_old_job_that_is_run_again_takes_nothing_back(platform: Platform) -> None:
    done = platform.push(platform.first)  # which wanted phase 0
    assert done.steps["Deliver"] == 1
    newest = git(platform.repository.work, "rev-parse", "HEAD")
    assert f"main is at {newest[:12]}, and this would deliver {platform.first[:12]}" in done.summary
    assert platform.phase() == "phase-10"


def test_what_is_not_as_reviewed_is_not_applied_and_the_job_says_what_differs(
    platform: Platform,
) -> None:
    _plan, _comment, head = pull_request(platform, "phase-50")
    review = platform.review(head)
    review["plans"][0]["changes"][0]["values"]["type"]["after"] = "SecureString"
    platform.keep_review(head, review)
    done = merge(platform, head, "phase-50")
    assert done.steps["Deliver"] == 1
    assert "type becomes String, reviewed was SecureString" in done.said
    assert "type becomes String, reviewed was SecureString" in done.summary
    assert platform.phase() == "phase-10"


def test_a_gate_that_refuses_ends_in_a_pull_request_that_goes_back(platform: Platform) -> None:
    platform.refusing[50] = "p95_milliseconds is 900, over its limit of 300."
    platform.store_bundle()
    _plan, _comment, head = pull_request(platform, "phase-50")
    done = merge(platform, head, "phase-50")
    assert done.steps["Deliver"] == 1
    assert platform.phase() == "phase-10"
    assert done.outputs["back_to"] == "phase-10"
    main = git(platform.repository.work, "rev-parse", "HEAD")
    for _ in range(2):  # a job that is run again opens no second one
        proposed = platform.run(main, "deliver", "propose-revert", needs={"deliver": done})
        assert proposed is not None
        assert proposed.steps == {"Propose": 0}, proposed.said
    (pull,) = [one for one in platform.hub.pulls if one["title"] == "Go back to phase-10"]
    assert "p95_milliseconds is 900, over its limit of 300." in pull["body"]
    assert platform.hub.file(LIVE, branch=pull["branch"]) == "live: phase-10\n"


def test_git_and_production_agree_once_it_is_merged(platform: Platform) -> None:
    pull = next(one for one in platform.hub.pulls if one["title"] == "Go back to phase-10")
    done = merge(platform, pull["head"]["sha"], "phase-10")
    assert not done.failed, done.said
    assert "nothing to do" in done.said
    skipped = platform.run(
        git(platform.repository.work, "rev-parse", "HEAD"), "deliver", "propose-revert",
        needs={"deliver": done},
    )  # fmt: skip
    assert skipped is None


def test_who_goes_past_git_from_a_laptop_is_owed_for_until_git_says_so(
    platform: Platform,
) -> None:
    reason = "GitHub is down and clients see errors"
    done = subprocess.run(
        [sys.executable, "-m", "app.pipeline.cli", "deliver", "-e", "local", "--json",
         "--to", "phase-0", "--break-glass", "--reason", reason],
        cwd=platform.directory / "runner",
        env={**os.environ, **platform.variables,
             "PYTHONPATH": str(platform.directory / "runner")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert platform.phase() == "phase-0"
    run = json.loads(done.stdout)["applied"][0]["run_id"]
    assert platform.records("started")[-1]["break_glass"] == reason
    # Main still wants phase 10: a push of whatever must not undo it silently.
    head = git(platform.repository.work, "rev-parse", "HEAD")
    refused = merge(platform, head, "phase-10")
    assert refused.steps["Deliver"] == 1
    assert f"acknowledge: {run}" in refused.summary
    assert platform.phase() == "phase-0"
    said = merge(platform, head, f"phase-10\nacknowledge: {run}")
    assert not said.failed, said.said
    assert platform.phase() == "phase-10"


def test_a_lock_left_behind_is_named_and_nothing_is_changed(platform: Platform) -> None:
    key = platform.names.lock_key("phase-0")
    lock = {"ID": "6b8b4567", "Who": "runner@gone", "Created": "2026-11-23T22:30:00Z",
            "Operation": "OperationTypeApply", "Info": "", "Version": "1.11.4",
            "Path": ""}  # fmt: skip
    platform.s3().put_object(
        Bucket=platform.names.state_bucket, Key=key, Body=json.dumps(lock).encode()
    )
    head = git(platform.repository.work, "rev-parse", "HEAD")
    done = merge(platform, head, "phase-0")
    assert done.steps["Deliver"] == 3
    assert "phase-0 is being changed by runner@gone" in done.summary
    assert "payshift state unlock phase-0" in done.summary
    assert platform.phase() == "phase-10"
    platform.s3().delete_object(Bucket=platform.names.state_bucket, Key=key)
    assert not merge(platform, head, "phase-0").failed
    assert platform.phase() == "phase-0"


def test_a_restore_that_is_dispatched_brings_an_older_state_and_its_world_back(
    platform: Platform,
) -> None:
    main = git(platform.repository.work, "rev-parse", "HEAD")
    asked = {"workspace": "phase-10", "version": "", "reason": "its state was edited"}
    listed = platform.run(main, "restore-state", "restore", inputs=asked)
    assert listed is not None
    assert listed.steps == {"List the versions": 0}, listed.said
    *_, oldest = re.findall(r"^(\S+)  \d{4}-\d\d-\d\dT.* serial 1 ", listed.said, re.MULTILINE)
    done = platform.run(main, "restore-state", "restore", inputs=asked | {"version": oldest})
    assert done is not None
    assert done.steps == {"List the versions": 0, "Restore": 0}, done.said
    assert "production goes to phase-10" in done.said
    assert platform.phase() == "phase-10"
    record = platform.records("finished")[-1]
    assert (record["command"], record["workspace"]) == ("restore", "phase-10")
    assert (record["reason"], record["outcome"]) == ("its state was edited", "done")
    # Main wants phase 0 still, and its next delivery says so and goes there.
    again = platform.push(main)
    assert not again.failed, again.said
    assert "production is in phase-10: 10 % at AWS, writer legacy; wanted is phase-0" in again.said
    assert platform.phase() == "phase-0"
