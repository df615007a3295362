"""Plans workspaces against the world as it is, without applying anything or holding a lock."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from app.pipeline.apply import Tools
from app.pipeline.evidence import new_run_id
from app.pipeline.terraform_messages import PlanSummary
from app.pipeline.workspaces import initialise, side_by_side
from app.pipeline.world import World


def plan_workspaces(tools: Tools, names: Sequence[str], *, world: World) -> dict[str, PlanSummary]:
    """Return what applying each workspace would change, planned side by side."""
    directories = initialise(tools.terraform, tools.workspaces, names, progress=tools.progress)
    found: dict[str, PlanSummary] = {}
    variables: dict[str, str | int] = {"run_id": new_run_id(), "from_phase": world.number}

    def run(name: str) -> None:
        given = variables if name.startswith("phase-") else None
        plan = tools.terraform.plan(directories[name], variables=given, lock=False)
        found[name] = plan.summary

    side_by_side(tools.terraform, [partial(run, name) for name in directories])
    return {name: found[name] for name in directories}
