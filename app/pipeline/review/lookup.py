"""Finds the review that belongs to a commit of main."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.pipeline.evidence import Evidence
from app.pipeline.git import parents
from app.pipeline.github.client import available
from app.pipeline.github.pulls import merged_by
from app.pipeline.moves import Move
from app.pipeline.review.record import PlannedWorkspace, Review
from app.pipeline.review.store import Reviews


def review_of(commit: str, *, directory: Path, reviews: Reviews) -> Review | None:
    """Return what the pull request showed whose merge made this commit; None when there is none.

    GitHub knows it whatever way it was merged. Where no workflow gives a token, the merge commit's
    second parent is the pull request's head, and a commit that was fast-forwarded is its own.
    """
    for candidate in _heads(commit.removesuffix("+"), directory):
        if (found := reviews.find(candidate)) is not None:
            return found
    return None


def review_of_begun(
    move: Move, *, evidence: Evidence, reviews: Reviews
) -> tuple[Review, PlannedWorkspace] | None:
    """Return what was shown of a phase when it was last entered; None when nobody knows.

    The pull request that is delivered now need not have shown the rest of an apply that broke off:
    production may stand in the phase already.
    """
    entered = evidence.last_reviewed(move.phase.phase, from_number=move.from_number)
    review = reviews.find(entered.reviewed) if entered else None
    if entered is None or review is None:
        return None
    shown = review.plan_of(move.phase.name, from_phase=entered.from_number)
    return None if shown is None else (review, shown)


def _heads(commit: str, directory: Path) -> Iterator[str]:
    if not commit:
        return
    if available():
        merged = merged_by(commit)
        if merged is not None:
            yield merged.head
    yield from parents(directory, commit)[1:]
    yield commit
