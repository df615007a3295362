"""`payshift replication`: load the target and start every task, and see how they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.pipeline.commands.options import EnvironmentOption, JsonOption

if TYPE_CHECKING:
    from app.migration.replication.dms_stage import DmsStanding

replication = typer.Typer(
    help="Start the replication for the first time, and see how it stands.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@replication.command()
def start(
    context: typer.Context,
    *,
    wait: Annotated[bool, typer.Option(help="Follow the load and do what comes after it.")] = True,
    reload: Annotated[
        bool,
        typer.Option("--reload", help="Delete every business row at the target, and load anew."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --reload: do not ask.")] = False,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load the target, make its indexes, arm the way back, follow; may be run again at any time.

    DMS goes on with a load when this command ends or is interrupted.
    """
    from app.errors import InputError
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.replication.first_start import first_start
    from app.pipeline.report import say, show
    from app.pipeline.target import Target

    target = Target.named(chosen_environment(context, environment))
    if reload and not (yes or typer.confirm(f"Delete all payments at {target.names.prefix}?")):
        message = "nothing was deleted and nothing was started"
        raise InputError(message, remedy="leave --reload out, or confirm it")
    try:
        standing = first_start(target, reload=reload, wait=wait, progress=say)
    except KeyboardInterrupt:
        say("DMS goes on with what it does; run this again to follow it and to do the rest")
        raise
    show(as_json=as_json, data=standing.as_record(), lines=_lines(str(standing), standing))
    if standing.faults:
        raise typer.Exit(1)


@replication.command()
def status(
    context: typer.Context,
    *,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show who carries rows, every task, and the next step; exit code 1 unless rows flow."""
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.replication.standing import carrier_standing
    from app.pipeline.report import show
    from app.pipeline.target import Target

    target = Target.named(chosen_environment(context, environment))
    found = carrier_standing(target.environment)
    lines = _lines(str(found), found.tasks)
    show(as_json=as_json, data=found.as_record(), lines=lines)
    if found.tasks is not None and (found.faults or found.tasks.next_step):
        raise typer.Exit(1)


def _lines(first: str, standing: DmsStanding | None) -> list[str]:
    if standing is None:
        return [first]
    faults = [f"! {fault}" for fault in standing.faults]
    return [first, *faults, *([f"next: {standing.next_step}"] if standing.next_step else [])]
