"""One comment a pull request, and from a commit of main to what its reviewers saw."""

from __future__ import annotations

from app.pipeline.github.comments import keep_comment
from app.pipeline.github.pulls import Merged, merged_by
from tests.github.state import GitHub

MARKER = "<!-- payshift plan of production -->"


def _pull(hub: GitHub) -> str:
    head = hub.commit({"a": "b"}, message="Work", onto="work")
    hub.open(branch="work")
    return head


def test_the_comment_is_updated_and_never_repeated(hub: GitHub) -> None:
    _pull(hub)
    hub.comments[1] = [
        {"id": number, "url": f"{hub.url}/repos/example/payshift/issues/comments/{number}",
         "body": "somebody's words"}
        for number in range(1, 45)
    ]  # fmt: skip
    assert keep_comment(1, text=f"{MARKER}\nfirst") == "written"
    assert keep_comment(1, text=f"{MARKER}\nsecond") == "updated"
    assert keep_comment(1, text=f"{MARKER}\nsecond\n") == "unchanged"
    ours = [one["body"] for one in hub.comments[1] if one["body"].startswith(MARKER)]
    assert ours == [f"{MARKER}\nsecond"]


def test_another_environments_comment_stays(hub: GitHub) -> None:
    _pull(hub)
    keep_comment(1, text="<!-- payshift plan of staging -->\nother")
    keep_comment(1, text=f"{MARKER}\nours")
    assert [one["body"].splitlines()[1] for one in hub.comments[1]] == ["other", "ours"]


def test_a_text_that_is_too_long_is_cut_and_says_so(hub: GitHub) -> None:
    _pull(hub)
    keep_comment(1, text=f"{MARKER}\n" + "x" * 70_000)
    (comment,) = hub.comments[1]
    assert len(comment["body"]) < 65_536
    assert comment["body"].endswith("the rest is in the summary of the job.\n")


def test_a_squashed_merge_leads_to_the_commit_that_was_reviewed(hub: GitHub) -> None:
    head = _pull(hub)
    merged = hub.merge(1)
    assert merged_by(merged) == Merged(1, head)
    pushed = hub.commit({"c": "d"}, message="Pushed directly")
    assert merged_by(pushed) is None
