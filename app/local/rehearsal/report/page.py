"""Renders the page from the summary and the recording."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.config.loading import load_phases
from app.config.measured import REHEARSALS, read_rehearsals
from app.local.rehearsal.analysis.periods import periods
from app.local.rehearsal.analysis.recording import Recording
from app.local.rehearsal.analysis.shares import SIGNIFICANCE
from app.local.rehearsal.judgement import hints
from app.local.rehearsal.product_files import ROOT
from app.local.rehearsal.report.scale import clock
from app.local.rehearsal.report.timeline import timeline
from app.local.rehearsal.summary import ROLLBACK_LIMIT_SECONDS, Summary

_HERE = Path(__file__).parent
_WIDE, _NARROW = 1_080, 360
EARLIER = 5


def write_report(summary: Summary, recording: Recording, *, path: Path) -> None:
    """Write the page: one file, no script, nothing fetched."""
    phases = {phase.name: phase for phase in load_phases(ROOT / "phases").phases}
    in_force = periods(recording, phases=phases)
    template = _environment().get_template("page.html.j2")
    page = template.render(
        summary=summary,
        hints=hints(summary),
        titles={name: phase.title for name, phase in phases.items()},
        style=Markup((_HERE / "page.css").read_text()),  # noqa: S704 -- our own file
        timelines=[
            Markup(timeline(recording, summary, in_force, width=width))  # noqa: S704 -- escaped
            for width in (_WIDE, _NARROW)
        ],
        limit=ROLLBACK_LIMIT_SECONDS,
        significance=SIGNIFICANCE,
        ttl=recording.ttl,
        earlier=read_rehearsals(ROOT / REHEARSALS)[-EARLIER:],
    )
    path.write_text(page)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        thousands=lambda number: f"{number:,}".replace(",", "\u202f"),
        clock=clock,
        mebibytes=lambda number: f"{number / 2**20:,.0f}".replace(",", "\u202f"),
        date=lambda at: datetime.fromtimestamp(at, tz=UTC).strftime("%Y-%m-%d %H:%M UTC"),
        percent=lambda value: "-" if value is None else f"{value:.1f}",
        digits=lambda value: f"{value:.1f}" if value < 10 else f"{value:.0f}",  # noqa: PLR2004
        number=lambda value: f"{value:,.1f}".replace(",", "\u202f"),
    )
    return environment
