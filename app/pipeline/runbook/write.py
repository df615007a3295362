"""Brings the file of the runbook up to date."""

from __future__ import annotations

from pathlib import Path

from app.config.environment import Environment
from app.errors import Refused
from app.pipeline.check import check
from app.pipeline.cost.command import synthesized
from app.pipeline.report import Progress, silent
from app.pipeline.runbook.facts import gather
from app.pipeline.runbook.render import render


class RunbookOutdated(Refused):
    """The file is not what its sources say."""


def bring_up_to_date(
    file: Path,
    environment: Environment,
    *,
    phases: Path,
    workspaces: Path | None = None,
    only_check: bool = False,
    progress: Progress = silent,
) -> bool:
    """Return whether the file was right already; otherwise it is written, or RunbookOutdated."""
    wanted = check(phases)
    with synthesized(environment, phases, workspaces, progress) as directory:
        text = render(gather(environment, phases=wanted, workspaces=directory))
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return True
    if only_check:
        raise RunbookOutdated(
            f"{file} does not say what phases, settings, alarms and prices say",
            remedy="run: payshift runbook, and commit the file",
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return False
