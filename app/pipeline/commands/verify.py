"""`payshift verify`: whether both databases hold the same rows."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from app.pipeline.commands.options import EnvironmentOption, JsonOption

_PLAIN = "service of libpq, or file with a connection string, instead of an environment"


def verify(
    context: typer.Context,
    *,
    table: Annotated[
        list[str] | None,
        typer.Option("--table", help="Only this table (schema.table); may be repeated."),
    ] = None,
    schema: Annotated[
        list[str] | None,
        typer.Option("--schema", help="Only this schema [payments; with --left all]; repeatable."),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            envvar="PAYSHIFT_VERIFY_EXCLUDE",
            help="Leave out a column (schema.table.column); may be repeated.",
        ),
    ] = None,
    mode: Annotated[
        Literal["fast", "strict"],
        typer.Option(help="Hashes of the server, or md5 over the text of every value."),
    ] = "fast",
    workers: Annotated[int, typer.Option(min=1, max=64, help="Sessions on each side.")] = 1,
    most: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Stop looking for rows of a table at so many.")
    ] = 100_000,
    shown: Annotated[int, typer.Option(min=0, help="Show so many rows a table.")] = 100,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show what differs; it may be confidential.")
    ] = False,
    left: Annotated[str | None, typer.Option(help=f"Left: {_PLAIN}.")] = None,
    right: Annotated[str | None, typer.Option(help=f"Right: {_PLAIN}.")] = None,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare every row of both databases, also while they are in use; 1 when they differ."""
    from app.migration.verify.encoding import Mode
    from app.migration.verify.options import Options
    from app.pipeline.report import say, show
    from app.pipeline.verification import Places, verified

    places = Places.chosen(context, environment=environment, left=left, right=right)
    options = Options(
        mode=Mode(mode),
        workers=workers,
        schemas=tuple(schema) if schema else places.schemas,
        tables=tuple(table or ()),
        excluded=tuple(exclude or ()),
        most=most,
        shown=shown,
    )
    found = verified(places, options=options, say=say)
    show(
        as_json=as_json,
        data=found.as_record(show_values=show_values),
        lines=found.lines(show_values=show_values),
    )
    if not found.equal:
        raise typer.Exit(1)
