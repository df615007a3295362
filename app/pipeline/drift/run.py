"""Asks everything at once, and writes down what is not as Git says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from app.pipeline.drift import probes
from app.pipeline.drift.context import DriftContext
from app.pipeline.drift.noise import Noise, expired
from app.pipeline.drift.plans import Planner
from app.pipeline.github.client import run_url
from app.pipeline.probing.base import Line, Outcome, discover, judged, run_probe
from app.pipeline.probing.report import Report

_PLAN_OF = "plan of "


def find_drift(planner: Planner | None, context: DriftContext) -> Report:
    """Run every probe and plan; without a planner only the probes."""
    lines: dict[str, Sequence[Line]] = {
        name: run_probe(probe, context) for name, probe in discover(probes).items()
    }
    if planner is not None:
        lines |= {
            f"{_PLAN_OF}{name}": found for name, found in planner.lines(world=context.world).items()
        }
        lines["noise"] = _to_review(planner.noise, today=context.now.date())
    return Report(lines)


def plans_of_the_foundation(report: Report) -> dict[str, Sequence[Line]]:
    """Return the lines of every foundation workspace that was planned, by its name."""
    planned = {
        title.removeprefix(_PLAN_OF): lines
        for title, lines in report.lines_by_probe.items()
        if title.startswith(_PLAN_OF)
    }
    return {name: lines for name, lines in planned.items() if not name.startswith("phase-")}


def write_issue(report: Report, *, file: Path, environment: str) -> None:
    """Write what drifted as the text of an issue, and an empty text when nothing did.

    When nothing did but something could not be looked at, nobody knows: no file is written.
    """
    file.unlink(missing_ok=True)
    if report.count(Outcome.FAILED):
        file.write_text(_issue_text(report, environment=environment), encoding="utf-8")
    elif not report.exit_code:
        file.write_text("", encoding="utf-8")


def _issue_text(report: Report, *, environment: str) -> str:
    table = report.markdown(outcomes=(Outcome.FAILED, Outcome.UNKNOWN))
    where = f" in [this run]({url})" if (url := run_url()) else ""
    return (
        f"`payshift drift --environment {environment}` found {report.count(Outcome.FAILED)} "
        f"differences{where}; {report.count(Outcome.UNKNOWN)} questions had no answer.\n\n{table}\n"
        "Every run replaces this text, and the first that finds nothing closes the issue.\n"
    )


def _to_review(noise: Sequence[Noise], *, today: date) -> list[Line]:
    return [
        judged(
            passed=False,
            subject=f"noise of {one.resource}",
            message=f"its exception expired on {one.expires}",
            remedy="review it in app/pipeline/drift/noise.yaml and write a new date, or delete it",
        )
        for one in expired(noise, today=today)
    ]
