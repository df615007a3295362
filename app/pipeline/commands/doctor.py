"""`payshift doctor`: whether account, network and source are ready, before day one."""

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


def doctor(
    context: typer.Context,
    *,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="This probe only; may be repeated.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--source", help="File with the source's login, as JSON; else the secret."),
    ] = None,
    source_ca: Annotated[
        Path | None,
        typer.Option("--source-ca", help="Authority of the source's certificate, PEM."),
    ] = None,
    name_server: Annotated[
        str | None,
        typer.Option("--name-server", help="ADDRESS:PORT to ask instead of this machine's DNS."),
    ] = None,
    phases: PhasesOption = DEFAULT_PHASES,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look at credentials, rights, quotas, DNS, certificate, images, VPN, versions and the source.

    Exit code 1 when something is not ready, 3 when nothing is wrong but something is unknown.
    """
    from functools import partial

    from app.config.loading import load_phases
    from app.errors import InputError
    from app.pipeline import aws
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.doctor.context import DoctorContext
    from app.pipeline.doctor.run import examine
    from app.pipeline.report import say, show
    from app.pipeline.target import Target

    server = None
    if name_server is not None:
        address, _, port = name_server.rpartition(":")
        if not address or not port.isdigit():
            message = f"{name_server!r} is no address with a port"
            raise InputError(message, remedy="write it like 127.0.0.1:53")
        server = address, int(port)
    target = Target.named(chosen_environment(context, environment))
    report = examine(
        DoctorContext(
            environment=target.environment,
            client=partial(aws.client, target.environment),
            login_file=source,
            authority_file=source_ca,
            name_server=server,
            images=load_phases(phases).release.images.digests,
        ),
        only=only or (),
        progress=say,
    )
    data = {"environment": target.environment.name, **report.as_record()}
    show(as_json=as_json, data=data, lines=report.text())
    if report.exit_code:
        raise typer.Exit(report.exit_code)
