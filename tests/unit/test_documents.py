"""What the documents tell a reader to type exists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer

from app.local.commands import local, rehearse
from app.pipeline.cli import app
from tests.documents import ROOT, mentioned_commands, payshift_commands

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands() -> dict[str, Any]:
    """The commands by name, with those that are loaded only when they run."""
    single = typer.Typer()
    single.command()(rehearse)
    late = {"local": typer.main.get_command(local), "rehearse": typer.main.get_command(single)}
    return dict(typer.main.get_command(app).commands) | late  # type: ignore[attr-defined]


def parse(words: list[str], *, complete: bool = True) -> None:
    """Parse a command line as it would be; raises what is wrong with it.

    When it need not be complete, arguments may be missing, but what is there must be right.
    """
    offered, rest = commands(), list(words)
    while offered and rest:
        name = rest.pop(0)
        assert name in offered, f"there is no payshift {name}"
        command = offered[name]
        offered = getattr(command, "commands", {})
    if rest or not offered:
        command.make_context(name, rest, resilient_parsing=not complete)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_in_a_page_exists_with_its_options(page: Path) -> None:
    for words in payshift_commands(page.read_text(encoding="utf-8")):
        try:
            parse(words)
        except Exception as error:
            raise AssertionError(f"payshift {' '.join(words)}: {error!r}") from error


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_mentions_exists(page: Path) -> None:
    for words in mentioned_commands(page.read_text(encoding="utf-8")):
        parse(words, complete=False)


@pytest.mark.parametrize(
    "words", [["deliverr"], ["deliver", "--no-such-option"], ["state", "lost"], ["state", "show"]]
)
def test_a_command_that_does_not_exist_is_found(words: list[str]) -> None:
    with pytest.raises(BaseException, match=r"(?i)no payshift|no such|missing"):
        parse(words)
