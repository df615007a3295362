"""`payshift edge render | agent`: the legacy edge for clients that keep an old address."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.pipeline.commands.options import EnvironmentOption, JsonOption

edge = typer.Typer(
    help="Serve clients that keep coming to the data centre after the writer moved.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Agent = Annotated[
    str, typer.Option("--agent", help="host:port at which `payshift edge agent` answers.")
]


@edge.command()
def render(
    context: typer.Context,
    *,
    legacy: Annotated[str, typer.Option(help="host:port of the legacy application, TLS.")],
    aws: Annotated[str, typer.Option(help="host:port of the load balancer, by its own name.")],
    certificate: Annotated[Path, typer.Option(help="PEM for clients: chain and key.")],
    trust: Annotated[Path, typer.Option(help="PEM with the roots of both servers.")],
    output: Annotated[Path, typer.Option("--output", help="The configuration to write.")],
    listen: Annotated[
        str, typer.Option(help="host:port for clients [the legacy address, 443].")
    ] = "",
    agent: Agent = "127.0.0.1:9101",
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write HAProxy's configuration; try it with `haproxy -c -f FILE`."""
    from app.config.loading import load_environment
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.edge.render import render as rendered
    from app.pipeline.edge.settings import edge_settings
    from app.pipeline.report import show

    target = load_environment(chosen_environment(context, environment, default="production"))
    settings = edge_settings(
        name=target.dns.name,
        listen=listen or f"{target.data_centre.legacy_address}:443",
        legacy=legacy,
        aws=aws,
        agent=agent,
        certificate=certificate.absolute(),
        trust=trust.absolute(),
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(rendered(settings), encoding="utf-8")
    data = {"file": str(output), **settings.model_dump(mode="json")}
    show(as_json=as_json, data=data, lines=[f"wrote {output}; try it: haproxy -c -f {output}"])


@edge.command()
def agent(
    *,
    login: Annotated[
        Path, typer.Option(help="File with the database's login, as Secrets Manager keeps it.")
    ],
    trust: Annotated[Path, typer.Option(help="PEM with the root of the database's certificate.")],
    listen: Annotated[str, typer.Option(help="host:port at which it answers.")] = "127.0.0.1:9101",
) -> None:
    """Tell HAProxy `up` while the database accepts writes, else `down`; runs until interrupted."""
    from app.pipeline.edge.running_agent import run_agent

    run_agent(login=login, trust=trust, listen=listen)
