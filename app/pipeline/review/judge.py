"""Decides before an apply whether it does what was reviewed; going down, it is not asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from app.errors import PlanDiffers
from app.pipeline.moves import Move
from app.pipeline.report import Progress, silent
from app.pipeline.review.compare import differences, without_origin
from app.pipeline.review.effect import digest
from app.pipeline.review.record import PlannedWorkspace, Review, lock_digest, planned
from app.pipeline.terraform import Plan, Terraform
from app.pipeline.workspaces import Workspaces

_OPEN_AGAIN = "revert the merge and open the pull request again, so that people see this plan"
_OPEN_ONE = "open a pull request: it shows this plan, whatever it changes; merge it"
_GO_BACK = "go back to the phase below, and advance again by a pull request that shows this plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Holds the way to the review that belongs to what is delivered, if there is one.

    `code` digests what the workspaces in hand were synthesized from. `required`: a step up that
    no pull request showed is refused, and so is the rest of one that broke off. `begun` finds what
    was shown when the phase was last entered.
    """

    find: Callable[[], Review | None]
    begun: Callable[[Move], tuple[Review, PlannedWorkspace] | None]
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
        known = self._shown(found, move)
        if known is None:
            return facts
        review, shown = known
        changed = tuple(self._changed(review, shown, found))
        finishing = move is None or move.reason == "resume"
        wanted, would = shown.changes, found.changes
        if shown.from_phase != found.from_phase:
            wanted, would = without_origin(wanted), without_origin(would)
        lines = differences(wanted, would, finishing=finishing)
        if lines:
            raise _differs(review, plan.workspace, lines, changed)
        moved = f", although {', '.join(changed)} since" if changed else ""
        self.progress(f"{plan.workspace}: as reviewed at {review.commit[:12]}{moved}")
        return facts | {"reviewed": review.commit}

    def _shown(
        self, found: PlannedWorkspace, move: Move | None
    ) -> tuple[Review, PlannedWorkspace] | None:
        review = self.find()
        shown = review.plan_of(found.workspace, from_phase=found.from_phase) if review else None
        if review is not None and shown is not None:
            return review, shown
        finishing = move is not None and move.reason == "resume"
        if move is not None and finishing and (begun := self.begun(move)) is not None:
            return begun
        if self.required and (move is None or move.reason == "up" or finishing):
            what = "no pull request showed its plan" if review is None else "the review has no plan"
            came = f" from phase-{move.from_number}" if move and move.from_number >= 0 else ""
            otherwise = _OPEN_ONE if review is None else _OPEN_AGAIN
            raise PlanDiffers(
                f"{move or found.workspace} was not applied: {what} of {found.workspace}{came}",
                remedy=_GO_BACK if finishing else otherwise,
            )
        self.progress(f"{found.workspace}: no review to compare with")
        return None

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
