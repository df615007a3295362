"""`payshift status`: where production is, and where it shall be."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated

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
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it again and again until interrupted.")
    ] = False,
    every: Annotated[
        float, typer.Option(min=0.1, max=3600, help="Seconds between two looks of --watch.")
    ] = 5.0,
    phases: PhasesOption = DEFAULT_PHASES,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show phase, traffic, writer, lag, cost, the next step with what holds it up, and troubles."""
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.report import show
    from app.pipeline.status import find_status
    from app.pipeline.target import Target

    target = Target.named(chosen_environment(context, environment))
    while True:
        found = find_status(target, phases)
        lines = found.lines()
        if watch:
            lines = [f"{datetime.now(UTC):%H:%M:%S} UTC", *lines, ""]
        show(as_json=as_json, data=found.as_record(), lines=lines)
        if not watch:
            return
        time.sleep(every)
