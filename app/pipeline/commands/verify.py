"""`payshift verify`: whether both databases hold the same schemas, money and rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from app.migration.verify.aspect import Aspect
from app.migration.verify.schemas import Kind
from app.pipeline.commands.options import EnvironmentOption, JsonOption

_PLAIN = "service of libpq, or file with a connection string, instead of an environment"


def verify(
    context: typer.Context,
    *,
    only: Annotated[
        list[Aspect] | None,
        typer.Option("--only", help="Only this aspect (else all; with --table rows); repeatable."),
    ] = None,
    without: Annotated[
        list[Kind] | None,
        typer.Option(
            envvar="PAYSHIFT_VERIFY_WITHOUT",
            help="Leave out a kind of definition, such as extension; may be repeated.",
        ),
    ] = None,
    table: Annotated[
        list[str] | None,
        typer.Option("--table", help="Only the rows of this table (schema.table); repeatable."),
    ] = None,
    schema: Annotated[
        list[str] | None,
        typer.Option(
            "--schema", help="Only this schema (else payments; with --left all); repeatable."
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            envvar="PAYSHIFT_VERIFY_EXCLUDE",
            help="Leave out a column (schema.table.column); may be repeated.",
        ),
    ] = None,
    by_text: Annotated[
        list[str] | None,
        typer.Option(
            "--by-text",
            envvar="PAYSHIFT_VERIFY_BY_TEXT",
            help="Hash this column (schema.table.column) by its text in fast mode too; repeatable.",
        ),
    ] = None,
    mode: Annotated[
        Literal["fast", "strict"],
        typer.Option(help="Hashes of the server, or md5 over the text of every value."),
    ] = "fast",
    workers: Annotated[int, typer.Option(min=1, max=64, help="Sessions on each side.")] = 1,
    processes: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Read in so many processes of this machine."),
    ] = None,
    distributed: Annotated[
        int | None,
        typer.Option(
            min=1, max=200, help="Have so many functions in AWS read at once; Ctrl-C stops them."
        ),
    ] = None,
    most: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Stop looking for rows of a table at so many.")
    ] = 100_000,
    shown: Annotated[int, typer.Option(min=0, help="Show so many rows a table.")] = 100,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show what differs; it may be confidential.")
    ] = False,
    snapshot: Annotated[
        str | None,
        typer.Option(
            help="`fenced`: nobody writes, look once. Or LEFT,RIGHT: names of exported snapshots."
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Keep what is done in this file; with it there, go on where it ends."),
    ] = None,
    max_rate: Annotated[
        float | None, typer.Option(min=0.1, help="Read at most so many MB a second on each side.")
    ] = None,
    max_seconds_behind: Annotated[
        float | None,
        typer.Option(min=0.1, help="Read nothing while replication is further behind."),
    ] = None,
    repair_sql: Annotated[
        bool,
        typer.Option(
            "--repair-sql",
            help="Print statements, with values, that would make the site that does not write "
            "(or the right side) like the other; never run.",
        ),
    ] = False,
    left: Annotated[str | None, typer.Option(help=f"Left: {_PLAIN}.")] = None,
    right: Annotated[str | None, typer.Option(help=f"Right: {_PLAIN}.")] = None,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare schemas, money and every row, also while payments go on; 1 when they differ."""
    from app.migration.verify.encoding import Mode
    from app.migration.verify.options import Options
    from app.migration.verify.repair import repair_lines
    from app.pipeline.compared_places import Places
    from app.pipeline.helpers import Helpers
    from app.pipeline.report import say, show
    from app.pipeline.verification import Wish, verified

    places = Places.chosen(context, environment=environment, left=left, right=right)
    options = Options(
        mode=Mode(mode),
        workers=workers,
        schemas=tuple(schema) if schema else places.schemas,
        tables=tuple(table or ()),
        excluded=tuple(exclude or ()),
        by_text=tuple(by_text or ()),
        most=most,
        shown=shown,
    )
    wish = Wish(
        options=options,
        aspects=tuple(only or ()),
        without=tuple(without or ()),
        snapshot=snapshot,
        checkpoint=checkpoint,
        megabytes_a_second=max_rate,
        seconds_behind=max_seconds_behind,
        repair=repair_sql,
        help=Helpers(processes=processes, functions=distributed),
    )
    found = verified(places, wish, say=say)
    show(
        as_json=as_json,
        data=found.as_record(show_values=show_values),
        lines=[*found.lines(show_values=show_values), *repair_lines(found.rows)],
    )
    if not found.equal:
        raise typer.Exit(1)
