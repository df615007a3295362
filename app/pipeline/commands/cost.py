"""`payshift cost`: what everything synthesized costs a month."""

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


def cost(
    context: typer.Context,
    *,
    against: Annotated[
        str | None,
        typer.Option(
            envvar="PAYSHIFT_BASE",
            help="Git revision, or directory of other workspaces, to show the difference to.",
        ),
    ] = None,
    workspaces: Annotated[
        Path | None,
        typer.Option(help="Directory of synthesized workspaces; without it, they are made."),
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Update the prices from the AWS pricing API instead.")
    ] = False,
    phases: PhasesOption = DEFAULT_PHASES,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Price every synthesized resource; 1 when the sum is above the limit."""
    from app.config.loading import load_environment
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.cost.command import priced, refreshed
    from app.pipeline.report import say, show, show_error

    chosen = load_environment(chosen_environment(context, environment, default="production"))
    if refresh:
        data, lines = refreshed(chosen)
        show(as_json=as_json, data=data, lines=lines)
        return
    data, lines, excess = priced(
        chosen, phases=phases, workspaces=workspaces, against=against, progress=say
    )
    show(as_json=as_json, data=data, lines=lines)
    if excess:
        # The estimate is the result, also when it is too high: programs read one document.
        show_error(excess, as_json=False)
        raise typer.Exit(excess.exit_code)
