"""A plan under a run id that sorts after every run that is known, whatever this machine's clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from app.errors import PayshiftError
from app.migration.run_ids import seconds_behind, sorted_after
from app.pipeline.evidence import new_run_id

if TYPE_CHECKING:
    from app.pipeline.apply import Tools
    from app.pipeline.moves import Move
    from app.pipeline.terraform import Plan


class PlannedRun(NamedTuple):
    """A run that is about to be applied, and when it was begun, by this machine's steady clock."""

    run_id: str
    plan: Plan
    begun: float


def plan_run(tools: Tools, move: Move) -> PlannedRun:
    """Plan a phase under a new run id.

    A custom resource takes a run id that sorts before its last one for CloudFormation undoing a
    change, and does nothing: no gate would be asked. Where the clock is behind, the id goes on from
    the last one. TerraformFailed, or WorldError when CloudFormation does not tell that one.
    """
    begun, name = time.monotonic(), move.phase.name
    directory = tools.workspaces.prepare(name)
    tools.terraform.init(directory, progress=tools.progress)
    in_stacks = tools.stacks.newest_run(directory) if tools.stacks else ""
    newest = max(_newest_in_evidence(tools), in_stacks)
    run_id = _sorted_after(tools, new_run_id(break_glass=bool(tools.break_glass)), newest)
    tools.progress(f"{name}: planning, run {run_id}")
    variables: dict[str, str | int] = {"run_id": run_id, "from_phase": move.from_number}
    return PlannedRun(run_id, tools.terraform.plan(directory, variables=variables), begun)


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
