"""`payshift deliver`: bring production to the phase that `live` names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.pipeline.commands.options import (
    DEFAULT_PHASES,
    EnvironmentOption,
    JsonOption,
    PhasesOption,
)


def deliver(
    context: typer.Context,
    *,
    phases: PhasesOption = DEFAULT_PHASES,
    again: Annotated[
        bool, typer.Option("--again", help="Apply the phase also when production is in it.")
    ] = False,
    foundation: Annotated[
        bool, typer.Option("--foundation", help="Apply the workspaces below the phases instead.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="With --foundation: this workspace; may be repeated."),
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Synthesize anew and replace the stored bundle.")
    ] = False,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go to the live phase: one apply a step up, one apply down."""
    from app.errors import InputError
    from app.pipeline.assembly import assemble
    from app.pipeline.check import check
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.deliver import deliver as deliver_phases
    from app.pipeline.foundation import apply_foundation
    from app.pipeline.report import say, show
    from app.pipeline.target import Target

    if only and not foundation:
        message = "--only chooses among the workspaces of the foundation"
        raise InputError(message, remedy="write --foundation too")
    name = chosen_environment(context, environment)
    wanted = check(Path(phases))
    target = Target.named(name)
    ready = assemble(target, wanted, progress=say, rebuild=rebuild)
    say(f"workspaces from {ready.bundle.origin} ({ready.bundle.digest[:12]})")
    if foundation:
        seconds = apply_foundation(ready.tools, only=only or ())
        ready.store.keep(ready.bundle, replace=rebuild)
        lines = [f"{workspace}: {taken:.1f} s" for workspace, taken in seconds.items()]
        show(as_json=as_json, data={"environment": name, "seconds": seconds}, lines=lines)
        return
    done = deliver_phases(ready.tools, wanted, find_world=ready.find_world, again=again)
    lines = [f"{one.move}: {one.seconds:.1f} s, run {one.run_id}" for one in done.applied]
    lines.append(f"{name} is {done.after}")
    show(as_json=as_json, data={"environment": name, **done.as_record()}, lines=lines)
