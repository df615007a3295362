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
    """Open the pull request, unless one is open already."""
    from app.pipeline.github.revert import propose_revert as propose
    from app.pipeline.report import show

    proposed = propose(to=to, reason=reason, run=run)
    if proposed is None:
        show(as_json=as_json, data={"proposed": None}, lines=[f"main says {to} already"])
        return
    verb = "opened" if proposed.opened else "is open already"
    data = {"number": proposed.number, "url": proposed.url, "opened": proposed.opened}
    show(as_json=as_json, data={"proposed": data}, lines=[f"{proposed.url} {verb}"])
