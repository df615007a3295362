"""One issue while there is a reason for it, and one pull request for files that differ."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.errors import InputError, WorldError
from app.pipeline.cli import app
from tests.pipeline.github_server import NAME, TOKEN, Hub, blob, github

LABEL, TITLE = "drift", "Production is not what Git says"
PEM = "app/config/certificates/aws-us-east-2.pem"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    with github() as served:
        monkeypatch.setenv("GITHUB_API_URL", served.url)
        monkeypatch.setenv("GITHUB_REPOSITORY", NAME)
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        monkeypatch.chdir(tmp_path)
        yield served


def issue(text: str | None) -> Result:
    file = Path("drift.md")
    file.unlink(missing_ok=True)
    if text is not None:
        file.write_text(text, encoding="utf-8")
    return CliRunner().invoke(
        app, ["issue", "--label", LABEL, "--title", TITLE, "--text", str(file)]
    )


def propose(content: str) -> Result:
    file = Path(PEM)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    return CliRunner().invoke(
        app,
        [
            "propose",
            str(file.parent),
            "--branch",
            "certificates",
            "--title",
            "Roots",
            "--body",
            "b",
        ],
    )


def test_one_issue_is_opened_updated_and_closed(hub: Hub) -> None:
    assert issue("first").stdout == "issue drift: opened\n"
    assert issue("first").stdout == "issue drift: left\n"
    assert issue("second").stdout == "issue drift: updated\n"
    assert [(one["title"], one["body"], one["state"]) for one in hub.issues] == [
        (TITLE, "second", "open")
    ]
    assert issue("").stdout == "issue drift: closed\n"
    assert [one["state"] for one in hub.issues] == ["closed"]
    assert issue("").stdout == "issue drift: none\n"


def test_an_issue_that_a_stranger_gave_the_same_title_is_left_alone(hub: Hub) -> None:
    hub.issues.append({"number": 1, "title": TITLE, "body": "mine", "state": "open", "labels": []})
    assert issue("found").stdout == "issue drift: opened\n"
    assert [one["body"] for one in hub.issues] == ["mine", "found"]


def test_of_two_open_issues_the_older_one_stays(hub: Hub) -> None:
    issue("first")
    hub.issues.append({**hub.issues[0], "number": 2, "url": hub.issues[0]["url"][:-1] + "2"})
    issue("second")
    assert [(one["body"], one["state"]) for one in hub.issues] == [
        ("second", "open"),
        ("first", "closed"),
    ]
    assert hub.comments == [(2, "#1 tells the same.")]


def test_what_nobody_knows_changes_no_issue(hub: Hub) -> None:
    issue("first")
    hub.writes.clear()
    assert issue(None).exit_code == 0
    assert hub.writes == []


def test_a_refusal_of_github_names_the_permission_and_never_the_token(hub: Hub) -> None:
    hub.refuses = 403
    refusal = issue("text").exception
    assert isinstance(refusal, WorldError)
    assert "issues: write" in refusal.remedy
    assert TOKEN not in str(refusal)


def test_without_a_token_nothing_is_asked(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    assert isinstance(issue("text").exception, InputError)
    assert hub.writes == []


def test_new_roots_become_one_pull_request_that_is_brought_up_to_date(hub: Hub) -> None:
    base = hub.commit_files("main", {PEM: "old", "README.md": "text"})
    assert propose("new").stdout == "pull request certificates: opened\n"
    assert propose("new").stdout == "pull request certificates: left\n"
    assert propose("newer").stdout == "pull request certificates: updated\n"
    assert [(one["title"], one["head"], one["base"]) for one in hub.pulls] == [
        ("Roots", {"ref": "certificates"}, {"ref": "main"})
    ]
    commit = hub.commits[hub.refs["refs/heads/certificates"]]
    assert [one["sha"] for one in commit["parents"]] == [base]
    assert hub.trees[commit["tree"]["sha"]] == {PEM: blob("newer"), "README.md": blob("text")}


def test_the_branch_follows_main(hub: Hub) -> None:
    hub.commit_files("main", {PEM: "old"})
    propose("new")
    moved = hub.commit_files("main", {PEM: "old", "later": "x"}, message="later")
    assert propose("new").stdout == "pull request certificates: updated\n"
    commit = hub.commits[hub.refs["refs/heads/certificates"]]
    assert [one["sha"] for one in commit["parents"]] == [moved]


def test_roots_as_published_open_nothing(hub: Hub) -> None:
    hub.commit_files("main", {PEM: "same"})
    assert propose("same").stdout == "pull request certificates: none\n"
    assert hub.writes == []
