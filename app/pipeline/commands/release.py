"""`payshift release`: which images run, and how the load balancer weighs blue and green."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from app.pipeline.commands.options import JsonOption, PhasesOption


def release(
    *,
    digest: Annotated[
        str | None,
        typer.Option(help="Image for the colour without weight, sha256:<64 digits>."),
    ] = None,
    blue: Annotated[
        int | None, typer.Option(help="Percent of requests for blue; green gets the rest.")
    ] = None,
    engine: Annotated[
        Literal["blue", "green"] | None,
        typer.Option(help="Colour whose image all other functions shall run."),
    ] = None,
    phases: PhasesOption = Path("phases"),
    as_json: JsonOption = False,
) -> None:
    """Show the release, or write another image or other weights into it."""
    from app.config.loading import RELEASE
    from app.pipeline.release import change_release
    from app.pipeline.report import show

    file = phases / RELEASE
    released = change_release(file, digest=digest, blue=blue, engine=engine)
    before, after = released.before.model_dump(), released.after.model_dump()
    weights = released.after.weights
    show(
        as_json=as_json,
        data={"file": str(file), "before": before, "after": after, "changed": before != after},
        lines=[
            f"{file}: {'changed' if before != after else 'as it was'}",
            *(f"{name} runs {image}" for name, image in after["images"].items()),
            f"blue {weights.blue}, green {weights.green}",
        ],
    )
