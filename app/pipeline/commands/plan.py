"""`payshift plan`: what an apply would change, and what merging a pull request would do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.pipeline.commands.options import (
    DEFAULT_PHASES,
    EnvironmentOption,
    JsonOption,
    PhasesOption,
)

if TYPE_CHECKING:
    from app.pipeline.assembly import Assembly


def plan(
    context: typer.Context,
    workspaces: Annotated[
        list[str] | None, typer.Argument(help="Workspaces; without any, the live phase.")
    ] = None,
    *,
    comment: Annotated[
        Path | None,
        typer.Option(help="Plan all that merging would meet, and write it here as Markdown."),
    ] = None,
    review: Annotated[
        str | None,
        typer.Option(help="Keep the same under this commit: the delivery compares with it."),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(envvar="PAYSHIFT_BASE", help="With these: the revision to compare with."),
    ] = None,
    phases: PhasesOption = DEFAULT_PHASES,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what applying workspaces would change, against the world as it is now."""
    from app.errors import InputError
    from app.pipeline.assembly import assemble
    from app.pipeline.check import check
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.report import say, show
    from app.pipeline.review.whole import show_merge
    from app.pipeline.target import Target

    name = chosen_environment(context, environment)
    for_merge = bool(comment or review)
    if for_merge and workspaces:
        message = "--comment and --review plan all that a merge would meet"
        raise InputError(message, remedy="leave out the names of workspaces")
    wanted = check(phases)
    target = Target.named(name)
    ready = assemble(target, wanted, progress=say, reading_only=True)
    if for_merge:
        data, lines = show_merge(
            ready, target, wanted, base=base, commit=review, comment=comment, progress=say
        )
    else:
        data, lines = _plans(ready, workspaces or [wanted.live])
    show(as_json=as_json, data={"environment": name, **data}, lines=lines)


def _plans(ready: Assembly, chosen: list[str]) -> tuple[dict[str, Any], list[str]]:
    from app.pipeline.plan import plan_workspaces

    plans = plan_workspaces(ready.tools, chosen, world=ready.find_world())
    lines: list[str] = []
    for workspace, summary in plans.items():
        lines.append(f"{workspace}: {summary}")
        lines.extend(f"  {action:<8} {address}" for address, action in summary.actions)
    return {"plans": {workspace: one.as_record() for workspace, one in plans.items()}}, lines
