"""`payshift propose`: a pull request with files that a job has written anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.pipeline.commands.options import JsonOption


def propose(
    directory: Annotated[Path, typer.Argument(help="Directory whose files are proposed.")],
    *,
    branch: Annotated[str, typer.Option("--branch", help="Branch of the pull request.")],
    title: Annotated[str, typer.Option("--title", help="Its title, and the commit's message.")],
    body: Annotated[str, typer.Option("--body", help="What its reviewers read.")],
    base: Annotated[
        str, typer.Option("--base", help="Branch that it is to be merged to.")
    ] = "main",
    as_json: JsonOption = False,
) -> None:
    """Open or update one pull request with the files that differ. Needs a job's GITHUB_TOKEN."""
    from app.errors import InputError
    from app.pipeline.github.proposal import Proposal
    from app.pipeline.github.proposal import propose as propose_texts
    from app.pipeline.report import show

    if directory.is_absolute() or not directory.is_dir():
        message = f"{directory} is no directory of this checkout"
        raise InputError(message, remedy="name one from the root of the checkout")
    proposed = propose_texts(
        Proposal(branch=branch, base=base, title=title, body=body),
        texts={
            file.as_posix(): file.read_text(encoding="utf-8")
            for file in directory.rglob("*")
            if file.is_file()
        },
    )
    line = f"{proposed.url} {proposed.outcome}" if proposed else f"{base} has it all already"
    data = {"proposed": proposed.as_record() if proposed else None}
    show(as_json=as_json, data=data, lines=[f"pull request {branch}: {line}"])
