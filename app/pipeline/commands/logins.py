"""`payshift logins`: make a site's roles, grants and users, and fill its secrets."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.pipeline.commands.options import EnvironmentOption, JsonOption


class Login(StrEnum):
    """What a login is for."""

    APP = "app"
    MIGRATION = "migration"
    REPLICATION = "replication"
    ROTATION = "rotation"


def logins(
    context: typer.Context,
    *,
    site: Annotated[Literal["legacy", "aws"], typer.Argument(help="Whose database.")],
    administrator: Annotated[
        Path | None,
        typer.Option(
            "--administrator",
            help="File with username and password of who makes them, as JSON; - for a pipe. "
            "Without it, Aurora's master.",
        ),
    ] = None,
    new_password: Annotated[
        list[Login] | None,
        typer.Option(
            "--new-password", help="Also to this login's role, which is there; may be repeated."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Try it in a transaction that is rolled back.")
    ] = False,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make what is missing of a site's roles, grants and logins; may be run again at any time.

    From where both databases are reached: docs/RUNBOOK.md names the place.
    """
    from app.migration.sites import Site
    from app.pipeline import aws
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.first_logins.administrator import administrator as who
    from app.pipeline.first_logins.make import FirstLogins
    from app.pipeline.report import say, show
    from app.pipeline.target import Target

    target = Target.named(chosen_environment(context, environment))
    made = FirstLogins(
        administrator=who(target, Site(site), file=administrator),
        client=aws.secretsmanager(target.environment),
        secrets=target.names.secrets(site),
        carrier=target.environment.replication.carrier,
        # Others than we use the legacy database, and need no grant for it today.
        shut_to_others=site == "aws",
        progress=say,
        anew=new_password or (),
    ).make(dry_run=dry_run)
    show(as_json=as_json, data=made.as_record(), lines=made.lines())
