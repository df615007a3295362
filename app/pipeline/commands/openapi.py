"""`payshift openapi`: the description of the payment API, as it is published and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.pipeline.commands.options import JsonOption

DEFAULT_FILE = Path("docs/openapi.json")


def openapi(
    *,
    write: Annotated[
        bool, typer.Option("--write", help="Write the file instead of only comparing it.")
    ] = False,
    file: Annotated[Path, typer.Option(help="Where the description is kept.")] = DEFAULT_FILE,
    as_json: JsonOption = False,
) -> None:
    """Compare the kept description of the payment API with its routes and models."""
    from app.lambdas.payment_api.features import FeatureSource
    from app.lambdas.payment_api.openapi import as_text, document
    from app.lambdas.payment_api.routes import build_resolver
    from app.lambdas.payment_api.service import PaymentService
    from app.migration.sites import Site
    from app.pipeline.report import show

    # Knows no database: the description needs the routes, not what answers them.
    service = PaymentService(site=Site.AWS, logins={}, features=FeatureSource(None), hold_seconds=0)
    text = as_text(document(build_resolver(service)))
    differs = not file.is_file() or file.read_text(encoding="utf-8") != text
    if differs and write:
        file.write_text(text, encoding="utf-8")
    line = f"{file}: as the payment API is"
    if differs:
        line = f"{file}: written" if write else f"{file}: differs; run: payshift openapi --write"
    show(
        as_json=as_json,
        data={"file": str(file), "differs": differs, "written": differs and write},
        lines=[line],
    )
    if differs and not write:
        raise typer.Exit(code=1)
