"""`payshift handover`: move the writer by hand, prepare for it, stop it, look at it."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from app.pipeline.commands.options import EnvironmentOption, JsonOption


def handover(
    context: typer.Context,
    *,
    to: Annotated[
        Literal["legacy", "aws"] | None, typer.Option("--to", help="The site that shall write.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --to: only the preflight with its figures.")
    ] = False,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Put the fence into both databases, and verify it.")
    ] = False,
    abort: Annotated[
        bool, typer.Option("--abort", help="Stop a handover, or take back one that died.")
    ] = False,
    status: Annotated[bool, typer.Option("--status", help="Tell who writes.")] = False,
    deadline: Annotated[
        float | None,
        typer.Option(
            "--deadline",
            min=1,
            max=900,
            help="Seconds until it gives up; else what the environment gives a handover.",
        ),
    ] = None,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move the writer to a site; killed or interrupted, it can be run again."""
    from app.errors import InputError
    from app.migration.sites import Site
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.handover import actions
    from app.pipeline.report import say, show
    from app.pipeline.target import Target

    if [to is not None, prepare, abort, status].count(True) != 1 or (dry_run and to is None):
        message = "one of --to, --prepare, --abort and --status says what to do"
        raise InputError(message, remedy="write one of them; --dry-run goes with --to")
    target = Target.named(chosen_environment(context, environment))
    seconds = deadline or float(target.environment.phase_times.handover_deadline_seconds)
    if to is not None:
        act = actions.dry_run if dry_run else actions.move
        answer = act(target, to=Site(to), deadline_seconds=seconds, progress=say)
    elif prepare:
        answer = actions.prepare(target, progress=say)
    elif abort:
        answer = actions.abort(target, deadline_seconds=seconds)
    else:
        answer = actions.show_status(target)
    show(as_json=as_json, data=answer.data, lines=answer.lines)
    if not answer.yes:
        raise typer.Exit(1)
