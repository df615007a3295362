"""Renders the runbook from its facts: Markdown that GitHub shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.pipeline.runbook.facts import RunbookFacts

_TEMPLATES = Path(__file__).parent / "templates"
_MINUTE, _HOUR = 60, 3_600


def render(facts: RunbookFacts) -> str:
    """Return the text; the same facts give the same text."""
    templates = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=False,  # noqa: S701  # Markdown for people of this repository, no web page
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters.update(time=duration, usd=lambda value: f"{value:,.0f}", number=_number)
    text = templates.get_template("runbook.md.j2").render(
        facts=facts,
        environment=facts.environment,
        names=facts.names,
        phases=facts.phases,
        steps=facts.steps,
        first_load=facts.first_load,
        rehearsal=facts.rehearsal,
        measured=_measured_way_back(facts),
    )
    # Conditions of the templates leave empty lines and blanks behind; readers shall not see them.
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text))


def _measured_way_back(facts: RunbookFacts) -> Callable[[str, str], str]:
    def measured(left: str, reached: str) -> str:
        seconds = facts.rehearsal and facts.rehearsal.rollback(left=left, reached=reached)
        return f"{seconds:.0f} s in the rehearsal" if seconds else "not rehearsed"

    return measured


def duration(seconds: float) -> str:
    """Return a time as people say it: 45 s, 12 min, 3 h 20 min."""
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    hours, rest = divmod(round(seconds / _MINUTE), _MINUTE)
    return f"{hours} h" + (f" {rest} min" if rest else "")


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
