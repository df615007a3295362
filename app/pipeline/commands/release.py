"""`payshift release`: which image runs, and how the load balancer weighs blue and green."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.pipeline.commands.options import JsonOption, PhasesOption


def release(
    *,
    digest: Annotated[
        str | None, typer.Option(help="Digest of the image to run, sha256:<64 digits>.")
    ] = None,
    blue: Annotated[
        int | None, typer.Option(help="Percent of requests for blue; green gets the rest.")
    ] = None,
    phases: PhasesOption = Path("phases"),
    as_json: JsonOption = False,
) -> None:
    """Show the release, or write another image or other weights into it."""
    from app.config.loading import RELEASE
    from app.pipeline.release import change_release
    from app.pipeline.report import show

    file = phases / RELEASE
    released = change_release(file, digest=digest, blue=blue)
    before, after = released.before.model_dump(), released.after.model_dump()
    weights = released.after.weights
    show(
        as_json=as_json,
        data={"file": str(file), "before": before, "after": after, "changed": before != after},
        lines=[
            f"{file}: {'changed' if before != after else 'as it was'}",
            f"image {released.after.image_digest}",
            f"blue {weights.blue}, green {weights.green}",
        ],
    )
