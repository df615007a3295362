"""Only the newest commit of main is delivered."""

from __future__ import annotations

import socket

import pytest

from app.errors import Superseded
from app.pipeline.github.newest import require_newest
from tests.github.state import GitHub

OLD, NEW = "a" * 40, "b" * 40


@pytest.fixture
def main(hub: GitHub) -> GitHub:
    """A main that is at the newer of two commits."""
    for commit, parents in ((OLD, []), (NEW, [OLD])):
        hub.commits[commit] = {"files": {}, "message": "", "parents": parents}
    hub.refs["heads/main"] = NEW
    return hub


def test_the_newest_commit_goes_on(main: GitHub) -> None:
    require_newest(NEW)
    require_newest(f"{NEW}+")
    assert main.asked


@pytest.mark.usefixtures("main")
def test_an_older_one_is_refused_with_what_to_do() -> None:
    with pytest.raises(Superseded) as refusal:
        require_newest(OLD)
    assert refusal.value.message == f"main is at {NEW[:12]}, and this would deliver {OLD[:12]}"
    assert "to go back, merge a revert" in refusal.value.remedy
    assert refusal.value.exit_code == 1


def test_the_branch_is_the_one_that_was_pushed(
    main: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    main.refs["heads/release"] = OLD
    monkeypatch.setenv("GITHUB_REF_NAME", "release")
    require_newest(OLD)


def test_a_github_that_fails_or_is_gone_holds_nothing_up(
    main: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    main.failures += [502, 502, 502]
    require_newest(OLD, progress=said.append)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("GITHUB_API_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
        require_newest(OLD, progress=said.append)
    assert len(said) == 2
    assert all(line.endswith(f"taking {OLD[:12]} for the newest") for line in said)


def test_outside_a_workflow_nothing_is_asked(main: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    require_newest(OLD)
    assert not main.asked
