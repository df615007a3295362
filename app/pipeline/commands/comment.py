"""`payshift comment`: what `payshift plan` wrote becomes the pull request's one comment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.pipeline.commands.options import JsonOption


def comment(
    file: Annotated[Path, typer.Argument(help="Markdown that payshift plan --comment wrote.")],
    *,
    pull_request: Annotated[int, typer.Option(help="Its number.", min=1)],
    as_json: JsonOption = False,
) -> None:
    """Write the comment, or update the one that is there."""
    from app.errors import InputError
    from app.pipeline.github.comments import keep_comment
    from app.pipeline.report import show

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "run first: payshift plan --comment " + str(file)
        raise InputError(f"{file} cannot be read: {error}", remedy=remedy) from error
    outcome = keep_comment(pull_request, text=text)
    data = {"pull_request": pull_request, "comment": outcome}
    show(as_json=as_json, data=data, lines=[f"pull request {pull_request}: comment {outcome}"])
