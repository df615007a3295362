"""Plans everything that a pull request changes, as merging it would meet the world now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from app.config.loading import PhaseSet
from app.pipeline.apply import Tools
from app.pipeline.evidence import new_run_id
from app.pipeline.moves import Move, moves
from app.pipeline.review.record import (
    PlannedWorkspace,
    Review,
    lock_digest,
    planned,
    synthesized,
)
from app.pipeline.terraform_messages import PlanSummary
from app.pipeline.workspaces import Workspaces, initialise, side_by_side
from app.pipeline.world import World

_BOOTSTRAP = "bootstrap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What merging would meet: where production is, the steps from there, and every plan."""

    world: World
    phases: PhaseSet
    moves: tuple[Move, ...]
    plans: tuple[PlannedWorkspace, ...]
    summaries: Mapping[str, PlanSummary]
    changed: tuple[str, ...]

    def as_review(self, *, commit: str, code: str, workspaces: Workspaces) -> Review:
        """Return it as what the delivery will compare with."""
        return Review(
            commit=commit,
            live=self.phases.live,
            code=code,
            lock=lock_digest(workspaces),
            synthesized=synthesized(workspaces),
            plans=self.plans,
        )

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "world": self.world.as_record(),
            "wanted": self.phases.live,
            "moves": [
                {"phase": move.phase.name, "from_phase": move.from_number} for move in self.moves
            ],
            "plans": {name: one.as_record() for name, one in self.summaries.items()},
            "changed": list(self.changed),
        }


def changed_workspaces(workspaces: Workspaces, base: Path) -> tuple[str, ...]:
    """Name the workspaces whose JSON is another than below `base`; the bootstrap is none of them.

    A person applies the bootstrap: no workflow may change its own rights.
    """
    before = synthesized(Workspaces(base, workspaces.work))
    now = synthesized(workspaces)
    return tuple(
        name for name in sorted(now) if name != _BOOTSTRAP and now[name] != before.get(name)
    )


def preview(
    tools: Tools, phases: PhaseSet, *, world: World, changed: Sequence[str] = ()
) -> Preview:
    """Plan each step to `live`, and each changed workspace, side by side.

    A phase that is no step is planned as if production went there from where it is.
    """
    steps = moves(phases, world=world)
    came = {move.phase.name: move.from_number for move in steps}
    names = [*came, *(name for name in changed if name not in came)]
    directories = initialise(tools.terraform, tools.workspaces, names, progress=tools.progress)
    found: dict[str, tuple[PlannedWorkspace, PlanSummary]] = {}

    def run(name: str) -> None:
        is_phase = name.startswith("phase-")
        origin = came.get(name, world.number) if is_phase else None
        variables: dict[str, str | int] | None = None
        if origin is not None:
            variables = {"run_id": new_run_id(), "from_phase": origin}
        # Whoever only looks holds nobody up, also when it is killed.
        plan = tools.terraform.plan(directories[name], variables=variables, lock=False)
        tools.progress(f"{name}: {plan.summary}")
        found[name] = planned(tools.terraform, plan, from_phase=origin), plan.summary

    side_by_side(tools.terraform, [partial(run, name) for name in names])
    return Preview(
        world=world,
        phases=phases,
        moves=steps,
        plans=tuple(found[name][0] for name in names),
        summaries={name: found[name][1] for name in names},
        changed=tuple(changed),
    )
