"""The pull request after which Git says where production is, against a GitHub that keeps state."""

from __future__ import annotations

import pytest

from app.errors import InputError, WorldError
from app.pipeline.github.revert import propose_revert
from tests.github.conftest import LIVE
from tests.github.state import GitHub

BRANCH = "payshift/back-to-phase-10"


def test_one_commit_changes_the_one_line_and_the_pull_request_says_why(hub: GitHub) -> None:
    main = hub.refs["heads/main"]
    proposed = propose_revert(to="phase-10", reason="p95 is 900 ms\nlimit 300 ms", run="https://r")
    assert proposed is not None
    assert (proposed.number, proposed.outcome) == (1, "opened")
    assert hub.file("phases/live.yaml", branch=BRANCH) == LIVE.replace("phase-50", "phase-10")
    assert hub.file("README.md", branch=BRANCH) == "hello"
    assert hub.commits[hub.refs[f"heads/{BRANCH}"]]["parents"] == [main]
    assert hub.refs["heads/main"] == main
    (pull,) = hub.pulls
    assert pull["title"] == "Go back to phase-10"
    assert "    p95 is 900 ms\n    limit 300 ms" in pull["body"]
    assert "The run: https://r" in pull["body"]


def test_a_second_try_opens_no_second_pull_request(hub: GitHub) -> None:
    first = propose_revert(to="phase-10", reason="no")
    again = propose_revert(to="phase-10", reason="no")
    assert first is not None
    assert again is not None
    assert (again.number, again.outcome) == (first.number, "left")
    assert len(hub.pulls) == 1


def test_a_later_refusal_is_told_in_the_same_pull_request(hub: GitHub) -> None:
    propose_revert(to="phase-10", reason="p95 is 900 ms")
    hub.commit({"README.md": "newer"}, message="Somebody else's")
    again = propose_revert(to="phase-10", reason="replication_lag is 42 s")
    assert again is not None
    assert (again.number, again.outcome) == (1, "updated")
    (pull,) = hub.pulls
    assert "replication_lag is 42 s" in pull["body"]
    assert hub.file("README.md", branch=BRANCH) == "newer"


def test_a_try_that_broke_off_before_the_pull_request_is_finished(hub: GitHub) -> None:
    hub.commit({}, message="Left over", onto=BRANCH)
    hub.commit({"README.md": "newer"}, message="Somebody else's")
    proposed = propose_revert(to="phase-10", reason="no")
    assert proposed is not None
    assert hub.file("README.md", branch=BRANCH) == "newer"
    assert hub.commits[hub.refs[f"heads/{BRANCH}"]]["parents"] == [hub.refs["heads/main"]]


def test_a_branch_of_a_closed_proposal_is_used_again(hub: GitHub) -> None:
    propose_revert(to="phase-10", reason="no")
    hub.merge(1)
    hub.commit({"phases/live.yaml": LIVE}, message="Advance again")
    proposed = propose_revert(to="phase-10", reason="no")
    assert proposed is not None
    assert (proposed.number, proposed.outcome) == (2, "opened")


def test_main_that_agrees_already_needs_no_pull_request(hub: GitHub) -> None:
    hub.commit({"phases/live.yaml": "live: phase-10\n"}, message="Back already")
    assert propose_revert(to="phase-10", reason="no") is None
    assert hub.pulls == []
    assert f"heads/{BRANCH}" not in hub.refs


def test_a_comment_behind_the_phase_stays(hub: GitHub) -> None:
    hub.commit({"phases/live.yaml": "live: phase-50 # canary\n"}, message="With a remark")
    propose_revert(to="phase-10", reason="no")
    assert hub.file("phases/live.yaml", branch=BRANCH) == "live: phase-10 # canary\n"


def test_an_expired_token_is_a_failure_with_a_remedy(
    hub: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "expired")
    with pytest.raises(WorldError) as failure:
        propose_revert(to="phase-10", reason="no")
    assert "GitHub answered 401 Bad credentials" in failure.value.message
    assert "run the job again" in failure.value.remedy
    assert hub.pulls == []


def test_a_github_that_fails_for_a_moment_is_asked_again(hub: GitHub) -> None:
    hub.failures = [502, 503]
    assert propose_revert(to="phase-10", reason="no") is not None
    assert len(hub.pulls) == 1


@pytest.mark.parametrize("name", ["phase-10; rm", "phase-010", "10", ""])
def test_only_the_name_of_a_phase_is_written(hub: GitHub, name: str) -> None:
    with pytest.raises(InputError):
        propose_revert(to=name, reason="no")
    assert hub.asked == []


def test_outside_a_workflow_it_says_what_is_missing(
    hub: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    with pytest.raises(InputError, match="GITHUB_TOKEN is not set"):
        propose_revert(to="phase-10", reason="no")
    assert hub.asked == []
