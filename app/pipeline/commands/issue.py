"""`payshift issue`: keep one issue open as long as there is a reason for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.pipeline.commands.options import JsonOption


def issue(
    *,
    label: Annotated[str, typer.Option("--label", help="Label by which the issue is found.")],
    title: Annotated[str, typer.Option("--title", help="Title of the issue.")],
    text: Annotated[
        Path,
        typer.Option("--text", help="File with its text; empty closes it, none changes nothing."),
    ],
    as_json: JsonOption = False,
) -> None:
    """Open, update or close the one issue with a label. Needs a job's GITHUB_TOKEN."""
    from app.pipeline.github.issue import settle
    from app.pipeline.report import show

    if not text.is_file():
        show(as_json=as_json, data={"issue": "left"}, lines=["nothing is known: left as it is"])
        return
    settled = settle(label=label, title=title, text=text.read_text(encoding="utf-8"))
    show(as_json=as_json, data={"issue": settled}, lines=[f"issue {label}: {settled}"])
