"""What `payshift cost` does with its options."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.config.environment import Environment
from app.errors import LimitExceeded
from app.pipeline.check import check
from app.pipeline.cost.against import other_workspaces
from app.pipeline.cost.difference import compare
from app.pipeline.cost.estimate import estimate
from app.pipeline.cost.prices import PRICES, load_prices
from app.pipeline.cost.refresh import refresh
from app.pipeline.cost.table import difference_lines, estimate_lines
from app.pipeline.report import Progress, error_record, silent
from app.pipeline.synthesis import synthesize

Shown = tuple[dict[str, Any], list[str]]


def priced(
    environment: Environment,
    *,
    phases: Path,
    workspaces: Path | None,
    against: str | None,
    progress: Progress = silent,
) -> tuple[dict[str, Any], list[str], LimitExceeded | None]:
    """Estimate, and compare when asked: for programs, for people, and the refusal if any."""
    prices = load_prices(region=environment.region)
    with synthesized(environment, phases, workspaces, progress) as directory:
        found = estimate(directory, environment=environment, prices=prices)
    data, lines = found.as_record(), estimate_lines(found, prices)
    if against:
        with other_workspaces(
            against, environment=environment.name, phases=phases, progress=progress
        ) as directory:
            before = estimate(directory, environment=environment, prices=prices)
        difference = compare(before, found, other=against)
        data["difference"] = difference.as_record()
        lines += difference_lines(difference)
    excess = found.excess()
    if excess:
        data["error"] = error_record(excess)
    return data, lines, excess


def refreshed(environment: Environment) -> Shown:
    """Update the price list, and say what changed."""
    report = refresh(PRICES, region=environment.region)
    return report.as_record(), report.lines()


@contextmanager
def synthesized(
    environment: Environment, phases: Path, workspaces: Path | None, progress: Progress
) -> Iterator[Path]:
    """Give the directory of the workspaces: the named one, or one made for as long as needed."""
    if workspaces is not None:
        yield workspaces
        return
    check(phases)
    with tempfile.TemporaryDirectory(prefix="payshift-cost-") as name:
        progress("synthesizing the workspaces")
        synthesize(environment=environment.name, phases=phases, output=Path(name))
        yield Path(name)
