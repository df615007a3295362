"""`payshift certificates`: whether the roots of Amazon's databases are the published ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.pipeline.commands.options import EnvironmentOption, JsonOption


def certificates(
    context: typer.Context,
    *,
    write: Annotated[
        bool, typer.Option("--write", help="Write the file instead of only comparing it.")
    ] = False,
    bundle: Annotated[
        Path | None, typer.Option(help="Bundle to take; without it Amazon's is downloaded.")
    ] = None,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the roots that the replication trusts with those that Amazon publishes."""
    from app.config.loading import load_environment
    from app.pipeline.certificates import refresh
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.report import show

    name = chosen_environment(context, environment, default="production")
    region = load_environment(name).region
    refreshed = refresh(region=region, bundle=bundle, write=write)
    data = {"file": str(refreshed.file), "differs": refreshed.differs, "written": write}
    line = f"{refreshed.file.name}: as published"
    if refreshed.differs:
        remedy = "" if write else "; run: payshift certificates --write"
        line = f"{refreshed.file.name}: {'written' if write else 'Amazon publishes others'}{remedy}"
    show(as_json=as_json, data=data, lines=[line])
    if refreshed.differs and not write:
        raise typer.Exit(code=1)
