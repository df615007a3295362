"""Applies one phase: plan, evidence, apply of exactly that plan, evidence."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import TerraformFailed
from app.pipeline.evidence import DONE, FINISHED, STARTED, Evidence, new_run_id, who
from app.pipeline.gates import gate_reasons
from app.pipeline.moves import Move
from app.pipeline.report import Progress, silent
from app.pipeline.terraform import Plan, Terraform
from app.pipeline.workspaces import Workspaces

Judge = Callable[[Terraform, Plan, Move], Mapping[str, Any]]
"""Looks at a plan before it is applied: returns facts for the evidence, or raises Refused."""


@dataclass(frozen=True, slots=True)
class Tools:
    """All that applying needs. `break_glass` is why this goes past Git, empty when it does not."""

    terraform: Terraform
    workspaces: Workspaces
    evidence: Evidence
    commit: str = ""
    progress: Progress = silent
    judge: Judge | None = None
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


def apply_phase(tools: Tools, move: Move) -> Applied:
    """Bring production into a phase under a new run id.

    TerraformFailed carries what failed; whatever happens, evidence says how the run ended. Going
    down, a bucket that takes no evidence holds nothing up, and no review is asked for.
    """
    run_id = new_run_id(break_glass=bool(tools.break_glass))
    name, begun = move.phase.name, time.monotonic()
    tools.progress(f"{name}: planning, run {run_id}")
    directory = tools.workspaces.prepare(name)
    tools.terraform.init(directory, progress=tools.progress)
    plan = tools.terraform.plan(directory, variables=_variables(run_id, move))
    tools.progress(f"{name}: {plan.summary}")
    record = _record(tools, move, plan)
    if tools.judge and not move.goes_down:
        record["review"] = tools.judge(tools.terraform, plan, move)
    tools.evidence.write(
        run_id, STARTED, record, required=not move.goes_down, progress=tools.progress
    )
    outcome, reasons = "interrupted", tuple[str, ...]()
    try:
        tools.terraform.apply(plan, progress=_prefixed(name, tools.progress))
        outcome = DONE
    except TerraformFailed as error:
        reasons = gate_reasons(error)
        outcome = "refused" if reasons else "failed"
        reasons = reasons or (error.message,)
        raise
    finally:
        seconds = round(time.monotonic() - begun, 3)
        ending = {**record, "outcome": outcome, "reasons": list(reasons), "seconds": seconds}
        tools.evidence.write(run_id, FINISHED, ending, required=False, progress=tools.progress)
    tools.progress(f"{name}: done in {seconds:.1f} s")
    return Applied(move, run_id, plan, seconds)


def _variables(run_id: str, move: Move) -> Mapping[str, str | int]:
    return {"run_id": run_id, "from_phase": move.from_number}


def _record(tools: Tools, move: Move, plan: Plan) -> dict[str, Any]:
    return {
        "who": who(),
        "commit": tools.commit,
        "phase": move.phase.phase,
        "from_phase": move.from_number,
        "reason": move.reason,
        "plan": plan.summary.as_record(),
        "plan_digest": hashlib.sha256(plan.file.read_bytes()).hexdigest(),
        **({"break_glass": tools.break_glass} if tools.break_glass else {}),
    }


def _prefixed(name: str, progress: Progress) -> Progress:
    return lambda line: progress(f"{name}: {line}")
