"""`payshift image`: what a build of the functions' image must be told."""

from __future__ import annotations

from typing import Annotated

import typer

from app.pipeline.commands.options import EnvironmentOption, JsonOption


def image(
    context: typer.Context,
    *,
    base: Annotated[str, typer.Option(help="Amazon's Python image, by its digest.")],
    revision: Annotated[str, typer.Option(help="The commit that is built.")],
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the build arguments and the repository as NAME=value lines."""
    from app.config.loading import load_environment
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.image import build_facts
    from app.pipeline.report import show

    name = chosen_environment(context, environment, default="production")
    facts = build_facts(load_environment(name), base=base, revision=revision)
    show(as_json=as_json, data=facts, lines=[f"{name}={value}" for name, value in facts.items()])
