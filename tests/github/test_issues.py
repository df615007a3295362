"""One issue that is open exactly as long as there is a reason for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.errors import InputError, WorldError
from app.pipeline.cli import app
from tests.github.state import TOKEN, GitHub

LABEL, TITLE = "drift", "Production is not what Git says"


@pytest.fixture(autouse=True)
def _in_a_directory_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def issue(text: str | None) -> Result:
    file = Path("drift.md")
    file.unlink(missing_ok=True)
    if text is not None:
        file.write_text(text, encoding="utf-8")
    return CliRunner().invoke(
        app, ["issue", "--label", LABEL, "--title", TITLE, "--text", str(file)]
    )


def test_one_issue_is_opened_updated_and_closed(hub: GitHub) -> None:
    assert issue("first").stdout == "issue drift: opened\n"
    assert issue("first").stdout == "issue drift: left\n"
    assert issue("second").stdout == "issue drift: updated\n"
    assert [(one["title"], one["body"], one["state"]) for one in hub.issues] == [
        (TITLE, "second", "open")
    ]
    assert issue("").stdout == "issue drift: closed\n"
    assert [one["state"] for one in hub.issues] == ["closed"]
    assert issue("").stdout == "issue drift: none\n"


def test_an_issue_that_a_stranger_gave_the_same_title_is_left_alone(hub: GitHub) -> None:
    hub.report(title=TITLE, body="mine")
    assert issue("found").stdout == "issue drift: opened\n"
    assert [one["body"] for one in hub.issues] == ["mine", "found"]


def test_a_pull_request_with_the_label_is_no_issue(hub: GitHub) -> None:
    hub.commit({"a": "b"}, message="Work", onto="work")
    hub.open(branch="work", body="mine")["labels"] = [{"name": LABEL}]
    assert issue("found").stdout == "issue drift: opened\n"
    assert [(one["body"], one["state"]) for one in hub.pulls] == [("mine", "open")]


def test_of_two_open_issues_the_older_one_stays(hub: GitHub) -> None:
    issue("first")
    hub.report(title=TITLE, body="first", labels=(LABEL,))
    issue("second")
    assert [(one["body"], one["state"]) for one in hub.issues] == [
        ("second", "open"),
        ("first", "closed"),
    ]
    assert {number: [one["body"] for one in kept] for number, kept in hub.comments.items()} == {
        2: ["#1 tells the same."]
    }


def test_what_nobody_knows_changes_no_issue(hub: GitHub) -> None:
    issue("first")
    hub.asked.clear()
    assert issue(None).exit_code == 0
    assert hub.writes == []


def test_a_refusal_of_github_names_the_permission_and_never_the_token(hub: GitHub) -> None:
    hub.failures = [403]
    refusal = issue("text").exception
    assert isinstance(refusal, WorldError)
    assert "issues: write" in refusal.remedy
    assert TOKEN not in str(refusal)


def test_without_a_token_nothing_is_asked(hub: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    assert isinstance(issue("text").exception, InputError)
    assert hub.asked == []
