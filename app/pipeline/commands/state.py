"""`payshift state list | show | diff | restore | unlock`: a workspace's state and its lock."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from app.pipeline.commands.options import (
    DEFAULT_PHASES,
    EnvironmentOption,
    JsonOption,
    PhasesOption,
)

if TYPE_CHECKING:
    from app.pipeline.state.versions import StateVersions
    from app.pipeline.target import Target

Workspace = Annotated[str, typer.Argument(help="Workspace, such as phase-10 or network.")]
Version = Annotated[str, typer.Argument(help="Version id, or its unique beginning.")]

state = typer.Typer(
    help="List the versions of a workspace's state, compare them, bring one back; end a lock.",
    no_args_is_help=True,
    add_completion=False,
)


@state.command("list")
def list_versions(
    context: typer.Context,
    workspace: Workspace,
    *,
    count: Annotated[int, typer.Option("--count", min=1, max=1000, help="At most so many.")] = 20,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the versions, newest first: when, serial, phase, resources, who."""
    from app.pipeline import aws
    from app.pipeline.evidence import Evidence
    from app.pipeline.report import say, show
    from app.pipeline.state.authors import authors_of
    from app.pipeline.state.versions import StateVersions

    target = _target(context, environment)
    s3 = aws.s3(target.environment)
    found = StateVersions(s3, target.names).newest(workspace, count=count)
    evidence = Evidence(s3, target.names.evidence_bucket, target.build)
    authors = authors_of(workspace, found, evidence=evidence, progress=say)
    records = [one.as_record() | {"who": who} for one, who in zip(found, authors, strict=True)]
    lines = [
        f"{one['version']}  {one['written']}  serial {one['serial']:<4} "
        f"{one['resources']:>3} resources  {one['phase'] or workspace}  {one['who'] or 'unknown'}"
        f"{'  in force' if one['newest'] else ''}"
        for one in records
    ]
    show(as_json=as_json, data={"workspace": workspace, "versions": records}, lines=lines)


@state.command("show")
def show_version(
    context: typer.Context,
    workspace: Workspace,
    version: Version,
    *,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the resources of a version; their values are not shown, some are sensitive."""
    from app.pipeline.report import show

    found = _versions(_target(context, environment)).find(workspace, version)
    addresses = sorted(found.document.resources())
    show(as_json=as_json, data=found.as_record() | {"addresses": addresses}, lines=addresses)


@state.command("diff")
def diff_versions(
    context: typer.Context,
    workspace: Workspace,
    old: Version,
    new: Version,
    *,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which resources and attributes differ between two versions. Exit code 1 if any do."""
    from app.pipeline.report import show
    from app.pipeline.state.document import difference

    versions = _versions(_target(context, environment))
    found = difference(
        versions.find(workspace, old).document, versions.find(workspace, new).document
    )
    show(as_json=as_json, data=found.as_record(), lines=found.lines())
    if not found.empty:
        raise typer.Exit(1)


@state.command("restore")
def restore_version(
    context: typer.Context,
    workspace: Workspace,
    version: Version,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept as evidence.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Go on without asking, once the plan is shown.")
    ] = False,
    plan_only: Annotated[
        bool, typer.Option("--plan-only", help="Show what it would lead to; change nothing.")
    ] = False,
    phases: PhasesOption = DEFAULT_PHASES,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy an older version forward as the newest, and apply the workspace.

    Refused while the workspace is being applied, for a state of another lineage, and when the
    plan would destroy or replace something that holds data.
    """
    from app.pipeline.assembly import assemble
    from app.pipeline.check import check
    from app.pipeline.report import say, show
    from app.pipeline.state import restore

    target = _target(context, environment)
    ready = assemble(target, check(phases), progress=say)
    found = restore.preview(
        ready.tools,
        _versions(target),
        workspace=workspace,
        version=version,
        world=ready.find_world(),
    )
    record = {"environment": target.environment.name, **found.as_record()}
    if plan_only:
        show(as_json=as_json, data=record | {"restored": False}, lines=found.lines())
        return
    for line in found.lines():
        say(line)
    _require_consent(f"Restore {workspace} and apply this?", what="plan", yes=yes)
    restore.restore(ready.tools, found, reason=reason)
    line = f"{workspace} is restored to {found.version.id} as serial {found.serial}, and applied"
    show(as_json=as_json, data=record | {"restored": True}, lines=[line])


@state.command("unlock")
def unlock(
    context: typer.Context,
    workspace: Workspace,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Go on without asking, once the lock is shown.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also one that was taken a short while ago.")
    ] = False,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """End the lock that a killed run left behind: shows who took it and when, and asks.

    Refused for a lock of the last ten minutes. Whoever still runs under it would lose it.
    """
    from app.pipeline import aws
    from app.pipeline.report import say, show
    from app.pipeline.state import unlock as work
    from app.pipeline.state.locks import Locks

    target = _target(context, environment)
    locks = Locks(aws.s3(target.environment), target.names)
    lock = locks.held(workspace)
    record = {"environment": target.environment.name, "workspace": workspace}
    if lock is None:
        lines = [f"nobody holds the lock of {workspace}"]
        show(as_json=as_json, data=record | {"ended": None}, lines=lines)
        return
    say(f"{lock}, lock {lock.id}")
    work.require_old(lock, force=force)
    _require_consent(f"Has that run ended? End its lock of {workspace}?", what="lock", yes=yes)
    work.end(locks, lock)
    ended = {"id": lock.id, "who": lock.who, "created": lock.created}
    show(as_json=as_json, data=record | {"ended": ended}, lines=[f"{workspace} is unlocked"])


def _require_consent(question: str, *, what: str, yes: bool) -> None:
    from app.errors import InputError

    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError(
            "nobody can be asked here", remedy=f"read the {what} above, then add --yes"
        )
    typer.confirm(question, abort=True, err=True)


def _target(context: typer.Context, environment: str | None) -> Target:
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.target import Target

    return Target.named(chosen_environment(context, environment))


def _versions(target: Target) -> StateVersions:
    from app.pipeline import aws
    from app.pipeline.state.versions import StateVersions

    return StateVersions(aws.s3(target.environment), target.names)
