"""`payshift runbook`: write docs/RUNBOOK.md, or say whether it is what it should be."""

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


def runbook(
    context: typer.Context,
    *,
    output: Annotated[Path, typer.Option(help="The file to write or compare.")] = Path(
        "docs/RUNBOOK.md"
    ),
    only_check: Annotated[
        bool, typer.Option("--check", help="Write nothing; 1 when the file is not up to date.")
    ] = False,
    workspaces: Annotated[
        Path | None,
        typer.Option(help="Directory of synthesized workspaces; without it, they are made."),
    ] = None,
    phases: PhasesOption = DEFAULT_PHASES,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the runbook from phases, settings, alarms, prices and measured times."""
    from app.config.loading import load_environment
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.report import say, show
    from app.pipeline.runbook.write import bring_up_to_date

    chosen = load_environment(chosen_environment(context, environment, default="production"))
    current = bring_up_to_date(
        output, chosen, phases=phases, workspaces=workspaces, only_check=only_check, progress=say
    )
    words = f"{output} is up to date" if current else f"{output} was written for {chosen.name}"
    show(as_json=as_json, data={"file": str(output), "written": not current}, lines=[words])
