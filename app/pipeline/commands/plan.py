"""`payshift plan`: what an apply would change."""

from __future__ import annotations

from typing import Annotated

import typer

from app.pipeline.commands.options import (
    DEFAULT_PHASES,
    EnvironmentOption,
    JsonOption,
    PhasesOption,
)


def plan(
    context: typer.Context,
    workspaces: Annotated[
        list[str] | None, typer.Argument(help="Workspaces; without any, the live phase.")
    ] = None,
    *,
    phases: PhasesOption = DEFAULT_PHASES,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what applying workspaces would change, against the world as it is now."""
    from app.pipeline.assembly import assemble
    from app.pipeline.check import check
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.plan import plan_workspaces
    from app.pipeline.report import say, show
    from app.pipeline.target import Target

    name = chosen_environment(context, environment)
    wanted = check(phases)
    ready = assemble(Target.named(name), wanted, progress=say)
    chosen = workspaces or [wanted.live]
    plans = plan_workspaces(ready.tools, chosen, world=ready.find_world())
    lines: list[str] = []
    for workspace, summary in plans.items():
        lines.append(f"{workspace}: {summary}")
        lines.extend(f"  {action:<8} {address}" for address, action in summary.actions)
    data = {workspace: summary.as_record() for workspace, summary in plans.items()}
    show(as_json=as_json, data={"environment": name, "plans": data}, lines=lines)
