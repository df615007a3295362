"""`payshift evidence list | verify`: what happened, and whether the record of it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.pipeline.commands.options import EnvironmentOption, JsonOption

if TYPE_CHECKING:
    from app.pipeline.target import Target

evidence = typer.Typer(
    help="List the evidence of applies, gates, handovers and restores, and verify it.",
    no_args_is_help=True,
    add_completion=False,
)


@evidence.command("list")
def list_records(
    context: typer.Context,
    *,
    run: Annotated[str | None, typer.Option("--run", help="Only the records of this run.")] = None,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """List all records in the order in which they were written: when, what, who, outcome."""
    from app.pipeline import aws
    from app.pipeline.audit.listing import listed
    from app.pipeline.audit.verify import verify
    from app.pipeline.report import show

    target = _target(context, environment)
    verdict = verify(aws.s3(target.environment), bucket=target.names.evidence_bucket)
    entries = [one for one in listed(verdict.links) if run is None or one.run_id == run]
    lines = [str(entry) for entry in entries] or ["there is no evidence yet"]
    if not verdict.whole:
        lines.append("the evidence is NOT whole: run payshift evidence verify")
    data = {"whole": verdict.whole, "records": [entry.as_record() for entry in entries]}
    show(as_json=as_json, data=data, lines=lines)


@evidence.command("verify")
def verify_chain(
    context: typer.Context,
    *,
    known: Annotated[
        str | None,
        typer.Option("--known", help="A link that a log has kept, such as 12:3fa4…"),
    ] = None,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find what was removed, changed, reordered or inserted. Exit code 1 if anything was."""
    from app.pipeline import aws
    from app.pipeline.audit.verify import parse_known, verify
    from app.pipeline.report import show

    link = None if known is None else parse_known(known)
    target = _target(context, environment)
    bucket = target.names.evidence_bucket
    verdict = verify(aws.s3(target.environment), bucket=bucket, known=link)
    show(as_json=as_json, data=verdict.as_record(), lines=verdict.lines())
    if not verdict.whole:
        raise typer.Exit(1)


def _target(context: typer.Context, environment: str | None) -> Target:
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.target import Target

    return Target.named(chosen_environment(context, environment))
