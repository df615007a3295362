"""`payshift synth`: write every workspace as Terraform JSON."""

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


def synth(
    context: typer.Context,
    *,
    output: Annotated[Path, typer.Option(help="Directory to write into.")] = Path("cdktf.out"),
    phases: PhasesOption = DEFAULT_PHASES,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Synthesize all workspaces of an environment."""
    from app.config.loading import load_environment
    from app.pipeline.check import check
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.report import show
    from app.pipeline.synthesis import synthesize

    name = load_environment(chosen_environment(context, environment, default="production")).name
    check(phases)
    names = synthesize(environment=name, phases=phases, output=output)
    data = {"environment": name, "output": str(output), "workspaces": list(names)}
    lines = [str(output / "stacks" / workspace / "cdk.tf.json") for workspace in names]
    show(as_json=as_json, data=data, lines=lines)
