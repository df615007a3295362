"""Applies to the foundation what a merged pull request showed of it, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.config.loading import PhaseSet
from app.errors import PlanDiffers
from app.pipeline.apply import Judge, Tools
from app.pipeline.foundation import apply_foundation
from app.pipeline.moves import Move
from app.pipeline.release_hints import require_images
from app.pipeline.review.effect import Change
from app.pipeline.review.record import PlannedWorkspace, Review
from app.pipeline.state.stateful import losses
from app.pipeline.terraform import Plan, Terraform


def apply_reviewed(
    tools: Tools, review: Review | None, *, needs_images: PhaseSet | None = None
) -> dict[str, float]:
    """Apply the workspaces whose plans the review shows; returns seconds by name.

    Each is planned again and applied if it does no more than was shown (PlanDiffers otherwise,
    as when the review shows that a resource which holds data would be lost: no merge does that).
    Without a review, or with one that shows no change, the foundation is left as it is. Functions
    are refused while `needs_images` names no image for them.
    """
    if review is None:
        tools.progress("no pull request showed a plan: the foundation is left as it is")
        return {}
    shown = [plan for plan in review.plans if plan.from_phase is None and plan.changes]
    if not shown:
        tools.progress("the foundation stays as it is")
        return {}
    if needs_images:
        require_images(needs_images, [plan.workspace for plan in shown])
    _require_kept({plan.workspace: lost_by(plan) for plan in shown})
    careful = replace(tools, judge=_keeping(tools.judge))
    return apply_foundation(careful, only=[plan.workspace for plan in shown])


def lost_by(plan: PlannedWorkspace) -> tuple[str, ...]:
    """Return what holds data and would be destroyed or replaced, with the action."""
    return losses((change.address, _action(change)) for change in plan.changes)


def by_a_person(*workspaces: str) -> str:
    """Return the command by which a person who has read the plan applies workspaces."""
    return " ".join(("payshift deliver --foundation", *(f"--only {one}" for one in workspaces)))


def _action(change: Change) -> str:
    """Name an action as Terraform's messages do; a plan's JSON has two for a replacement."""
    both = len(change.actions) > 1
    return "replace" if both else {"forget": "remove"}.get(change.actions[0], change.actions[0])


def _keeping(judge: Judge | None) -> Judge:
    """Ask again at each plan: since the review a resource may have come to need a replacement."""

    def judged(terraform: Terraform, plan: Plan, move: Move | None) -> Mapping[str, Any]:
        _require_kept({plan.workspace: losses(plan.summary.actions)})
        return judge(terraform, plan, move) if judge else {}

    return judged


def _require_kept(lost: Mapping[str, Sequence[str]]) -> None:
    losing = [name for name, some in lost.items() if some]
    if losing:
        lines = [f"{name} would {one}" for name in losing for one in lost[name]]
        raise PlanDiffers(
            f"{', '.join(losing)} not applied: a merge destroys nothing that holds data"
            + "".join(f"\n  - {line}" for line in lines),
            remedy=f"a person reads the plan and applies it: {by_a_person(*losing)}",
        )
