"""The live phase goes up by one step at a time, and its file can be read from another revision."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.loading import load_live, read_settings
from app.config.phases import Live
from app.config.rules import live_skips_nothing
from app.errors import Problem
from tests.unit.phase_files import write_phases


@pytest.fixture
def phases(tmp_path: Path) -> Path:
    return write_phases(tmp_path / "phases")


def skipped(phases: Path, *, base: int, live: int) -> list[Problem]:
    located, _ = load_live(phases / "live.yaml")
    return list(live_skips_nothing(located, base=base, live=live, numbers=(0, 10, 50, 100)))


@pytest.mark.parametrize(
    ("base", "live", "told"),
    [
        (0, 50, "live goes from phase-0 to phase-50 and skips phase-10 → phase-10"),
        (-1, 50, "live goes to phase-50 and skips phase-0 and phase-10 → phase-0"),
        (10, 100, "live goes from phase-10 to phase-100 and skips phase-50 → phase-50"),
    ],
)
def test_a_live_phase_that_skips_others_is_told_the_next_one(
    phases: Path, base: int, live: int, told: str
) -> None:
    (problem,) = skipped(phases, base=base, live=live)
    message, _, step = told.partition(" → ")
    assert (problem.line, problem.column, problem.message) == (1, 7, message)
    assert problem.remedy == f"write live: {step}, and go on in a later pull request"


@pytest.mark.parametrize(("base", "live"), [(-1, 0), (0, 10), (50, 100), (10, 10), (100, 0)])
def test_one_step_up_no_step_and_any_way_down_skip_nothing(
    phases: Path, base: int, live: int
) -> None:
    assert skipped(phases, base=base, live=live) == []


def test_content_is_read_as_if_it_stood_in_the_file(phases: Path) -> None:
    file = phases / "live.yaml"
    located, found = read_settings(file, Live, content=b"# moved\nlive: phase-50\n")
    assert (found.live, located.file, located.value(("live",)).line) == ("phase-50", file, 2)
    assert read_settings(file, Live)[1].live == "phase-10"
