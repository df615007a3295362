"""What `payshift plan` does for a pull request: plans, the comment, the review that is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.config.loading import LIVE, PhaseSet
from app.errors import InputError
from app.pipeline.assembly import Assembly
from app.pipeline.cost.against import other_workspaces
from app.pipeline.cost.difference import compare
from app.pipeline.cost.estimate import estimate
from app.pipeline.cost.prices import load_prices
from app.pipeline.cost.table import difference_lines
from app.pipeline.git import same_but_for
from app.pipeline.report import Progress, silent
from app.pipeline.review.markdown import comment as in_markdown
from app.pipeline.review.prepare import changed_workspaces, preview
from app.pipeline.target import Target
from app.pipeline.workflow_files import add_summary

_HEX = set("0123456789abcdef")
_COMMIT_DIGITS = 40


def show_merge(
    ready: Assembly,
    target: Target,
    phases: PhaseSet,
    *,
    base: str | None,
    commit: str | None,
    comment: Path | None,
    progress: Progress = silent,
) -> tuple[dict[str, Any], list[str]]:
    """Plan all that merging meets; returns it for programs and as Markdown lines.

    `comment` receives the Markdown, `commit` names the review that is kept. InputError when that
    is no commit.
    """
    shown_at = _full(commit or ready.tools.commit.removesuffix("+"))
    workspaces = ready.tools.workspaces
    with _base(base, target, phases, otherwise=ready.bundle.directory, progress=progress) as before:
        changed = changed_workspaces(workspaces, before)
        cost = _cost(target, before=before, now=workspaces.source, base=base)
    found = preview(ready.tools, phases, world=ready.find_world(), changed=changed)
    text = in_markdown(found, environment=target.environment.name, commit=shown_at, cost=cost)
    if comment is not None:
        comment.write_text(text, encoding="utf-8")
    add_summary(text)
    if commit is not None:
        ready.reviews.keep(
            found.as_review(commit=shown_at, code=ready.bundle.digest, workspaces=workspaces)
        )
        progress(f"kept as the review of {shown_at[:12]}")
    return found.as_record() | {"commit": shown_at}, text.splitlines()


@contextmanager
def _base(
    revision: str | None,
    target: Target,
    phases: PhaseSet,
    *,
    otherwise: Path,
    progress: Progress,
) -> Iterator[Path]:
    """Give the workspaces of the base; those in hand when only `live` differs, or without one."""
    if not revision or same_but_for(phases.directory, revision=revision, names=(LIVE,)):
        yield otherwise
        return
    with other_workspaces(
        revision,
        environment=target.environment.name,
        phases=phases.directory,
        progress=progress,
    ) as directory:
        yield directory


def _cost(target: Target, *, before: Path, now: Path, base: str | None) -> list[str]:
    environment = target.environment
    prices = load_prices(region=environment.region)
    found = estimate(now, environment=environment, prices=prices)
    total = f"{found.usd:,.2f} of at most {found.limit_usd:,.2f} USD a month"
    if not base:
        return [total]
    then = estimate(before, environment=environment, prices=prices)
    return [total, *difference_lines(compare(then, found, other="the base"))]


def _full(commit: str) -> str:
    if len(commit) != _COMMIT_DIGITS or not set(commit) <= _HEX:
        message = f"{commit or 'nothing'} is no commit"
        raise InputError(message, remedy="write all 40 digits of it, or run this in a checkout")
    return commit
