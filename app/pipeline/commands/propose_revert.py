"""`payshift propose-revert`: the pull request after which Git says where production is."""

from __future__ import annotations

from typing import Annotated

import typer

from app.pipeline.commands.options import JsonOption


def propose_revert(
    *,
    to: Annotated[str, typer.Option(help="The phase that production is back in.")],
    reason: Annotated[str, typer.Option(envvar="PAYSHIFT_REASON", help="What the gate said.")] = "",
    run: Annotated[
        str, typer.Option(envvar="PAYSHIFT_RUN_URL", help="Address of the workflow's run.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Open the pull request, or bring the one that is open up to date."""
    from app.pipeline.github.revert import propose_revert as propose
    from app.pipeline.report import show

    proposed = propose(to=to, reason=reason, run=run)
    line = f"{proposed.url} {proposed.outcome}" if proposed else f"main says {to} already"
    data = {"proposed": proposed.as_record() if proposed else None}
    show(as_json=as_json, data=data, lines=[line])
