"""`payshift deliver`: bring production to the phase that `live` names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.pipeline.commands.options import (
    DEFAULT_PHASES,
    EnvironmentOption,
    JsonOption,
    PhasesOption,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.config.loading import PhaseSet
    from app.errors import PayshiftError
    from app.pipeline.assembly import Assembly
    from app.pipeline.deliver import Delivery


def deliver(
    context: typer.Context,
    *,
    phases: PhasesOption = DEFAULT_PHASES,
    again: Annotated[
        bool, typer.Option("--again", help="Apply the phase also when production is in it.")
    ] = False,
    foundation: Annotated[
        bool, typer.Option("--foundation", help="Apply the workspaces below the phases instead.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="With --foundation: this workspace; may be repeated."),
    ] = None,
    reviewed: Annotated[
        bool,
        typer.Option(
            "--reviewed",
            help="With --foundation: what the merged pull request showed, and nothing else.",
        ),
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Synthesize anew and replace the stored bundle.")
    ] = False,
    to: Annotated[
        str | None,
        typer.Option("--to", help="With --break-glass: the phase to go to, whatever live says."),
    ] = None,
    break_glass: Annotated[
        bool,
        typer.Option("--break-glass", help="Go past Git; the next push has to acknowledge it."),
    ] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", help="With --break-glass: why; kept as evidence.")
    ] = None,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go to the live phase: one apply a step up, one apply down."""
    from app.pipeline.assembly import assemble
    from app.pipeline.check import check
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.process_environment import LOCAL
    from app.pipeline.release_hints import SERVICE, require_images
    from app.pipeline.report import say, show
    from app.pipeline.target import Target

    _require_whole_foundation(foundation=foundation, only=only, reviewed=reviewed)
    _require_whole_break_glass(to=to, break_glass=break_glass, reason=reason)
    name = chosen_environment(context, environment)
    wanted = check(Path(phases))
    if to is not None:
        wanted = wanted.wanting(to)
    # On this machine functions run without an image.
    needs_images = wanted if name != LOCAL else None
    if needs_images and foundation and not reviewed:
        require_images(needs_images, only or [SERVICE])
    target = Target.named(name)
    ready = assemble(target, wanted, progress=say, rebuild=rebuild)
    say(f"workspaces from {ready.bundle.origin} ({ready.bundle.digest[:12]})")
    if foundation:
        seconds = _deliver_foundation(
            ready, only=only or (), reviewed=reviewed, needs_images=needs_images
        )
        ready.store.keep(ready.bundle, replace=rebuild)
        lines = [f"{workspace}: {taken:.1f} s" for workspace, taken in seconds.items()]
        show(as_json=as_json, data={"environment": name, "seconds": seconds}, lines=lines)
        return
    done = _deliver(ready, wanted, again=again, reason=reason or "")
    lines = [f"{one.move}: {one.seconds:.1f} s, run {one.run_id}" for one in done.applied]
    lines.append(f"{name} is {done.after}")
    show(as_json=as_json, data={"environment": name, **done.as_record()}, lines=lines)


def _require_whole_foundation(
    *, foundation: bool, only: Sequence[str] | None, reviewed: bool
) -> None:
    from app.errors import InputError

    if only and not foundation:
        message = "--only chooses among the workspaces of the foundation"
        raise InputError(message, remedy="write --foundation too")
    if reviewed and (only or not foundation):
        message = "--reviewed applies to the foundation what its pull request showed"
        raise InputError(message, remedy="write it with --foundation, and without --only")


def _require_whole_break_glass(*, to: str | None, break_glass: bool, reason: str | None) -> None:
    from app.errors import InputError

    given = (to is not None, break_glass, bool(reason and reason.strip()))
    if any(given) and not all(given):
        raise InputError(
            "going past Git takes a phase, a reason, and the word for it",
            remedy="write all three: payshift deliver --to PHASE --break-glass --reason TEXT",
        )


def _deliver_foundation(
    ready: Assembly, *, only: Sequence[str], reviewed: bool, needs_images: PhaseSet | None
) -> dict[str, float]:
    """Apply the foundation; a workflow's summary tells what a merge did to it."""
    from dataclasses import replace

    from app.errors import PayshiftError
    from app.pipeline.foundation import apply_foundation
    from app.pipeline.foundation_merge import apply_reviewed
    from app.pipeline.github.newest import require_newest
    from app.pipeline.workflow_files import add_summary

    if not reviewed:
        return apply_foundation(replace(ready.tools, judge=None), only=only)
    try:
        require_newest(ready.tools.commit, progress=ready.tools.progress)
        seconds = apply_reviewed(ready.tools, ready.find_review(), needs_images=needs_images)
    except PayshiftError as error:
        add_summary(_quoted("The foundation was not applied as a whole", error))
        raise
    if seconds:
        applied = "".join(f"- {one}: {taken:.1f} s\n" for one, taken in seconds.items())
        add_summary(f"### The foundation is as reviewed\n\n{applied}")
    return seconds


def _deliver(ready: Assembly, wanted: PhaseSet, *, again: bool, reason: str) -> Delivery:
    """Deliver; a workflow learns from its files what became of it, also when a gate refused."""
    from dataclasses import replace

    from app.errors import GateFailed, PayshiftError
    from app.pipeline.deliver import deliver as deliver_phases
    from app.pipeline.github.newest import require_newest
    from app.pipeline.workflow_files import add_summary, set_output

    tools = replace(ready.tools, break_glass=reason, judge=None if reason else ready.tools.judge)
    try:
        if not reason:
            require_newest(tools.commit, progress=tools.progress)
        done = deliver_phases(
            tools, wanted, find_world=ready.find_world, again=again, guards=ready.guards
        )
    except GateFailed as refusal:
        set_output("back_to", refusal.back)
        set_output("reason", refusal.message)
        add_summary(_quoted("A gate refused", refusal))
        raise
    except PayshiftError as error:
        add_summary(_quoted("Not delivered", error))
        raise
    applied = "".join(f"- {one.move}: {one.seconds:.1f} s\n" for one in done.applied)
    add_summary(f"### Production is {done.after}\n\n{applied or 'Nothing was to do.'}")
    return done


def _quoted(title: str, error: PayshiftError) -> str:
    """Write an error as Markdown that cannot be anything but text."""
    return f"### {title}\n\n" + "".join(f"    {line}\n" for line in str(error).splitlines())
