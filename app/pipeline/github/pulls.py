"""Which pull request a commit of main came from."""

from __future__ import annotations

from dataclasses import dataclass

from app.pipeline.github.client import repository, translated


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged pull request: its number, and the commit that its reviewers saw."""

    number: int
    head: str


def merged_by(commit: str) -> Merged | None:
    """Return the pull request whose merge made the commit; None when it was pushed directly."""
    with translated(f"looking for the pull request of {commit[:12]}"):
        for pull in repository().get_commit(commit).get_pulls():
            if pull.merge_commit_sha == commit and pull.merged_at:
                return Merged(pull.number, pull.head.sha)
    return None
