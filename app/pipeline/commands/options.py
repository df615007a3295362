"""Options that several commands take, written once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.errors import InputError

EnvironmentOption = Annotated[
    str | None,
    typer.Option(
        "--environment",
        "-e",
        help="Target, such as local or production [env PAYSHIFT_ENVIRONMENT].",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result for programs.")]
PhasesOption = Annotated[Path, typer.Option("--phases", help="Directory of the phase files.")]

DEFAULT_PHASES = Path("phases")


def chosen_environment(
    context: typer.Context, environment: str | None, *, default: str | None = None
) -> str:
    """Return the environment named by the command, the command line, PAYSHIFT_ENVIRONMENT.

    InputError when none is named: a delivery never guesses its target.
    """
    chosen = environment or context.find_root().obj or default
    if not chosen:
        raise InputError(
            "no environment was named",
            remedy="add --environment local (or production), or set PAYSHIFT_ENVIRONMENT",
        )
    return str(chosen)
