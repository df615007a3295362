"""One pull request for files that differ, however often a job runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.errors import WorldError
from app.pipeline.cli import app
from app.pipeline.github.proposal import Proposal, Proposed, propose
from tests.github.conftest import LIVE
from tests.github.state import NAME, GitHub

PEM = "app/config/certificates/aws-us-east-2.pem"
BRANCH = "certificates"


@pytest.fixture(autouse=True)
def _in_a_directory_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def run(content: str, *options: str) -> Result:
    file = Path(PEM)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    return CliRunner().invoke(
        app,
        ["propose", str(file.parent), "--branch", BRANCH, "--title", "Roots", "--body", "b",
         *options],
    )  # fmt: skip


def said(outcome: str) -> str:
    return f"pull request {BRANCH}: https://github.test/{NAME}/pull/1 {outcome}\n"


def test_new_roots_become_one_pull_request_that_is_brought_up_to_date(hub: GitHub) -> None:
    base = hub.commit({PEM: "old"}, message="Roots of last year")
    assert run("new").stdout == said("opened")
    assert run("new").stdout == said("left")
    assert run("newer").stdout == said("updated")
    assert [(one["title"], one["branch"], one["base"]) for one in hub.pulls] == [
        ("Roots", BRANCH, {"ref": "main"})
    ]
    commit = hub.commits[hub.refs[f"heads/{BRANCH}"]]
    assert commit["parents"] == [base]
    assert commit["files"] == {PEM: "newer", "README.md": "hello", "phases/live.yaml": LIVE}
    assert hub.refs["heads/main"] == base


def test_it_tells_programs_which_pull_request_it_is(hub: GitHub) -> None:
    hub.commit({PEM: "old"}, message="Roots of last year")
    url = f"https://github.test/{NAME}/pull/1"
    assert json.loads(run("new", "--json").stdout) == {
        "proposed": {"url": url, "number": 1, "outcome": "opened"}
    }
    hub.merge(1)
    assert json.loads(run("new", "--json").stdout) == {"proposed": None}


def test_the_branch_follows_main(hub: GitHub) -> None:
    hub.commit({PEM: "old"}, message="Roots of last year")
    run("new")
    moved = hub.commit({"later": "x"}, message="later")
    assert run("new").stdout == said("updated")
    assert hub.commits[hub.refs[f"heads/{BRANCH}"]]["parents"] == [moved]


def test_roots_as_published_open_nothing(hub: GitHub) -> None:
    hub.commit({PEM: "same"}, message="Roots of this year")
    assert run("same").stdout == f"pull request {BRANCH}: main has it all already\n"
    assert hub.writes == []


def proposed(body: str, *, onto: str = "") -> Proposed | None:
    proposal = Proposal(branch=BRANCH, base="main", title="Roots", body=body, onto=onto)
    return propose(proposal, texts={PEM: "new"})


def test_what_reviewers_read_is_brought_up_to_date_though_no_file_changed(hub: GitHub) -> None:
    proposed("why")
    head = hub.refs[f"heads/{BRANCH}"]
    hub.pulls[0]["body"] = "why\r\n"  # fact: GitHub keeps what its editor sends
    again = proposed("why")
    assert again is not None
    assert again.outcome == "left"
    again = proposed("another why")
    assert again is not None
    assert (again.number, again.outcome) == (1, "updated")
    assert [one["body"] for one in hub.pulls] == ["another why"]
    assert hub.refs[f"heads/{BRANCH}"] == head


def test_a_proposal_made_from_an_older_commit_stands_on_it(hub: GitHub) -> None:
    seen = hub.refs["heads/main"]
    hub.commit({PEM: "somebody else's"}, message="In between")
    assert proposed("why", onto=seen) is not None
    assert hub.commits[hub.refs[f"heads/{BRANCH}"]]["parents"] == [seen]


def test_a_job_that_may_not_write_is_told_which_permission_it_lacks(hub: GitHub) -> None:
    hub.failures = [403]
    with pytest.raises(WorldError) as failure:
        proposed("why")
    assert failure.value.remedy == (
        "give the job the permission contents: write and pull-requests: write"
    )


def test_a_repository_whose_settings_forbid_it_is_told_which_one(hub: GitHub) -> None:
    hub.actions_open_pulls = False
    with pytest.raises(WorldError) as failure:
        proposed("why")
    assert '"Allow GitHub Actions to create and approve pull requests"' in failure.value.remedy
    assert "permission contents" not in failure.value.remedy
    hub.actions_open_pulls = True
    again = proposed("why")
    assert again is not None
    assert again.outcome == "opened"
