"""`payshift status`: where production is, and where it shall be."""

from __future__ import annotations

import typer

from app.pipeline.commands.options import (
    DEFAULT_PHASES,
    EnvironmentOption,
    JsonOption,
    PhasesOption,
)


def status(
    context: typer.Context,
    *,
    phases: PhasesOption = DEFAULT_PHASES,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the phase in force, the wanted one, and what deliver would do."""
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.report import show
    from app.pipeline.status import find_status
    from app.pipeline.target import Target

    name = chosen_environment(context, environment)
    found = find_status(Target.named(name), phases)
    show(as_json=as_json, data=found.as_record(), lines=found.lines())
