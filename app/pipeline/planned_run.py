"""A plan under a run id that sorts after every run that is known, whatever this machine's clock."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from app.errors import PayshiftError
from app.migration.run_ids import seconds_behind, sorted_after
from app.pipeline.evidence import new_run_id

if TYPE_CHECKING:
    from app.pipeline.apply import Tools
    from app.pipeline.moves import Move
    from app.pipeline.terraform import Plan

_STACK = "aws_cloudformation_stack"


class PlannedRun(NamedTuple):
    """A run that is about to be applied, and when it was begun, by this machine's steady clock."""

    run_id: str
    plan: Plan
    begun: float


def plan_run(tools: Tools, move: Move) -> PlannedRun:
    """Plan a phase under a new run id.

    A custom resource takes a run id that sorts before its last one for CloudFormation undoing a
    change, and does nothing: no gate would be asked. Where the clock is behind, the id goes on from
    the last one, and the phase is planned again. TerraformFailed.
    """
    begun, name, newest = time.monotonic(), move.phase.name, _newest_in_evidence(tools)
    directory = tools.workspaces.prepare(name)
    tools.terraform.init(directory, progress=tools.progress)
    run_id = _sorted_after(tools, new_run_id(break_glass=bool(tools.break_glass)), newest)
    while True:
        tools.progress(f"{name}: planning, run {run_id}")
        variables: dict[str, str | int] = {"run_id": run_id, "from_phase": move.from_number}
        plan = tools.terraform.plan(directory, variables=variables)
        newest = newest_in_stacks(json.loads(tools.terraform.show(directory)))
        if run_id > newest:
            return PlannedRun(run_id, plan, begun)
        run_id = _sorted_after(tools, run_id, newest)


def newest_in_stacks(plan: Any) -> str:  # noqa: ANN401 - JSON
    """Return the newest run id that the stacks of a plan have now; empty when there is none."""
    found = (
        (one["change"]["before"] or {}).get("parameters") or {}
        for one in plan.get("resource_changes", [])
        if one["type"] == _STACK
    )
    return max((str(one["RunId"]) for one in found if "RunId" in one), default="")


def _newest_in_evidence(tools: Tools) -> str:
    try:
        return tools.evidence.newest()
    except PayshiftError as error:
        # No reason to hold a rollback up: the stacks themselves say what must not be undercut.
        tools.progress(f"{error.message}; the run is named by this machine's clock")
        return ""


def _sorted_after(tools: Tools, run_id: str, newest: str) -> str:
    behind = seconds_behind(run_id, newest)
    if behind:
        tools.progress(
            f"the clock of this machine is {behind:.0f} s behind run {newest}: "
            "the new run's id goes on from there"
        )
    return sorted_after(run_id, newest)
