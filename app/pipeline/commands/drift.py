"""`payshift drift`: whether production is what Git says it is."""

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


def drift(
    context: typer.Context,
    *,
    plans: Annotated[
        bool, typer.Option("--plans/--no-plans", help="Also plan every workspace in force.")
    ] = True,
    issue: Annotated[
        Path | None,
        typer.Option("--issue", help="File for the text of an issue; empty when all is well."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep what the plans show: the next step up asks it.")
    ] = False,
    phases: PhasesOption = DEFAULT_PHASES,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare production with Git: plans, weights, writer, replication, logins, certificates.

    Exit code 1 when something drifted, 3 when nothing did but something could not be looked at.
    """
    from functools import partial

    from app.errors import InputError
    from app.pipeline import aws
    from app.pipeline.check import check
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.drift.context import DriftContext
    from app.pipeline.drift.last_look import LastLook, LastLooks
    from app.pipeline.drift.planner import planner
    from app.pipeline.drift.run import find_drift, write_issue
    from app.pipeline.report import say, show
    from app.pipeline.target import Target
    from app.pipeline.world import find_world

    if keep and not plans:
        message = "--keep has nothing to keep without plans"
        raise InputError(message, remedy="leave out --no-plans")
    name = chosen_environment(context, environment)
    wanted = check(phases)
    target = Target.named(name)
    look = DriftContext(
        environment=target.environment,
        phases=wanted,
        world=find_world(aws.ssm(target.environment), names=target.names),
        client=partial(aws.client, target.environment),
    )
    report = find_drift(planner(target, wanted, progress=say) if plans else None, look)
    if keep:
        looks = LastLooks(aws.s3(target.environment), target.names)
        looks.keep(LastLook.of(report, at=look.now))
    if issue is not None:
        write_issue(report, file=issue, environment=name)
    data = {"environment": name, **report.as_record()}
    show(as_json=as_json, data=data, lines=report.text())
    if report.exit_code:
        raise typer.Exit(report.exit_code)
