"""Applies one phase: plan, evidence, apply of exactly that plan, evidence."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.pipeline.evidence import Evidence
from app.pipeline.moves import Move
from app.pipeline.phase_stacks import PhaseStacks
from app.pipeline.planned_run import PlannedRun, plan_run
from app.pipeline.recorded import origin, planned, prefixed, recorded
from app.pipeline.report import Progress, silent
from app.pipeline.state.locks import Locks
from app.pipeline.terraform import Plan, Terraform
from app.pipeline.workspaces import Workspaces

Judge = Callable[[Terraform, Plan, Move | None], Mapping[str, Any]]
"""Looks at a plan before it is applied: returns facts for the evidence, or raises Refused.

A workspace of the foundation has no move.
"""


@dataclass(frozen=True, slots=True)
class Tools:
    """All that applying needs. `break_glass` is why this goes past Git, empty when it does not.

    Without `locks` nobody looks who else is at work, without `stacks` what a killed run left.
    """

    terraform: Terraform
    workspaces: Workspaces
    evidence: Evidence
    commit: str = ""
    progress: Progress = silent
    judge: Judge | None = None
    locks: Locks | None = None
    stacks: PhaseStacks | None = None
    break_glass: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """An apply that went well."""

    move: Move
    run_id: str
    plan: Plan
    seconds: float

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "run_id": self.run_id,
            "phase": self.move.phase.phase,
            "from_phase": self.move.from_number,
            "reason": self.move.reason,
            "plan": self.plan.summary.as_record(),
            "seconds": self.seconds,
        }


def apply_phase(tools: Tools, move: Move, *, run: PlannedRun | None = None) -> Applied:
    """Bring production into a phase, by a run that is planned now unless it is given.

    TerraformFailed carries what failed; whatever happens, evidence says how the run ended. Going
    down, a bucket that takes no evidence holds nothing up, and no review is asked for.
    """
    name = move.phase.name
    run_id, plan, begun = run or plan_run(tools, move)
    tools.progress(f"{name}: {plan.summary}")
    record = _record(tools, move, plan)
    if tools.judge and not move.goes_down:
        record["review"] = tools.judge(tools.terraform, plan, move)
    with recorded(tools, record, run_id=run_id, begun=begun, required=not move.goes_down):
        if tools.stacks:
            tools.stacks.make_way(plan, progress=tools.progress)
        tools.terraform.apply(plan, progress=prefixed(name, tools.progress))
    seconds = round(time.monotonic() - begun, 3)
    tools.progress(f"{name}: done in {seconds:.1f} s")
    return Applied(move, run_id, plan, seconds)


def _record(tools: Tools, move: Move, plan: Plan) -> dict[str, Any]:
    return {
        **origin(tools),
        **planned(plan),
        "phase": move.phase.phase,
        "from_phase": move.from_number,
        "reason": move.reason,
        **({"break_glass": tools.break_glass} if tools.break_glass else {}),
    }
