"""Decides before an apply whether it does what was reviewed; going down, it is not asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from app.errors import PlanDiffers
from app.pipeline.moves import Move
from app.pipeline.report import Progress, silent
from app.pipeline.review.compare import differences
from app.pipeline.review.effect import digest
from app.pipeline.review.record import PlannedWorkspace, Review, lock_digest, planned
from app.pipeline.terraform import Plan, Terraform
from app.pipeline.workspaces import Workspaces

_OPEN_AGAIN = "revert the merge and open the pull request again, so that people see this plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Holds the way to the review that belongs to what is delivered, if there is one.

    `code` digests what the workspaces in hand were synthesized from. `required`: a step up that
    no pull request showed is refused.
    """

    find: Callable[[], Review | None]
    code: str
    workspaces: Workspaces
    required: bool
    progress: Progress = silent

    def __call__(self, terraform: Terraform, plan: Plan, move: Move | None) -> dict[str, Any]:
        """Return what evidence says of the plan. PlanDiffers names every difference.

        Without a move it is a workspace of the foundation. What an apply that broke off, or a
        person, has done of it already may be missing; nothing may be there that nobody saw.
        """
        found = planned(terraform, plan, from_phase=move.from_number if move else None)
        facts: dict[str, Any] = {
            "digest": digest(found.changes),
            "state": found.state.model_dump(),
        }
        review = self.find()
        shown = self._shown(review, found, move)
        if shown is None or review is None:
            return facts
        changed = tuple(self._changed(review, shown, found))
        finishing = move is None or move.reason == "resume"
        lines = differences(shown.changes, found.changes, finishing=finishing)
        if lines:
            raise _differs(review, plan.workspace, lines, changed)
        moved = f", although {', '.join(changed)} since" if changed else ""
        self.progress(f"{plan.workspace}: as reviewed at {review.commit[:12]}{moved}")
        return facts | {"reviewed": review.commit}

    def _shown(
        self, review: Review | None, found: PlannedWorkspace, move: Move | None
    ) -> PlannedWorkspace | None:
        shown = review.plan_of(found.workspace, from_phase=found.from_phase) if review else None
        if shown is None and self.required and (move is None or move.reason == "up"):
            what = "no pull request showed its plan" if review is None else "the review has no plan"
            came = f" from phase-{move.from_number}" if move else ""
            raise PlanDiffers(
                f"{move or found.workspace} was not applied: {what} of {found.workspace}{came}",
                remedy=_OPEN_AGAIN,
            )
        if shown is None:
            self.progress(f"{found.workspace}: no review to compare with")
        return shown

    def _changed(
        self, review: Review, shown: PlannedWorkspace, found: PlannedWorkspace
    ) -> Iterator[str]:
        """Name what is another than at the review, which alone forbids nothing."""
        if review.code != self.code:
            yield "the code has changed"
        if review.lock != lock_digest(self.workspaces):
            yield "the provider has changed"
        if shown.state != found.state:
            yield (
                f"the state has moved (serial {shown.state.serial} → {found.state.serial})"
                if shown.state.lineage == found.state.lineage
                else "the state is another"
            )


def _differs(
    review: Review, workspace: str, lines: tuple[str, ...], changed: tuple[str, ...]
) -> PlanDiffers:
    why = " and ".join(changed) if changed else "neither code nor state has: somebody changed AWS"
    listed = "".join(f"\n  - {line}" for line in lines)
    return PlanDiffers(
        f"{workspace} was not applied: it would not do what was reviewed at "
        f"{review.commit[:12]} ({why}):{listed}",
        remedy=_OPEN_AGAIN,
    )
