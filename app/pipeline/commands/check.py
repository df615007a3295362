"""`payshift check`: whether the phase files are right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.pipeline.commands.options import DEFAULT_PHASES, EnvironmentOption, JsonOption


def check(
    context: typer.Context,
    directory: Annotated[Path, typer.Argument(help="Directory of the phases.")] = DEFAULT_PHASES,
    *,
    base: Annotated[
        str | None,
        typer.Option(
            envvar="PAYSHIFT_BASE",
            help="Git revision to compare with: no phase is skipped, no image of what serves "
            "changes.",
        ),
    ] = None,
    write_schemas: Annotated[
        bool, typer.Option("--write-schemas", help="Write the JSON Schemas of the phase files.")
    ] = False,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check phases, live, release and the environment."""
    from app.config import schemas
    from app.config.loading import load_environment
    from app.pipeline.check import check as check_phases
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.release_hints import release_hints
    from app.pipeline.report import show

    written = schemas.write_schemas(directory / "schema") if write_schemas else ()
    name = chosen_environment(context, environment, default="production")
    phases = check_phases(directory, base=base)
    target = load_environment(name)
    hints = release_hints(phases)
    data = {
        "directory": str(directory),
        "environment": target.name,
        "live": phases.live,
        "phases": list(phases.names),
        "schemas_written": [str(file) for file in written],
        "hints": list(hints),
    }
    lines = [f"wrote {file}" for file in written]
    lines.append(f"{directory}: {len(phases.phases)} phases are right, live is {phases.live}")
    lines.extend(f"hint: {hint}" for hint in hints)
    show(as_json=as_json, data=data, lines=lines)
