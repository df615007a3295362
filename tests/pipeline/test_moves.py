"""Which applies lead from the world to the wish."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.loading import load_phases
from app.pipeline.evidence import Unfinished
from app.pipeline.moves import moves
from app.pipeline.world import World
from tests.unit.phase_files import write_phases

Steps = list[tuple[int, int, str]]


def way(
    tmp_path: Path, world: int, live: int, unfinished: tuple[int, int] | None, *, again: bool
) -> Steps:
    directory = write_phases(tmp_path / "phases")
    (directory / "live.yaml").write_text(f"live: phase-{live}\n", encoding="utf-8")
    broken = Unfinished("run", *unfinished) if unfinished else None
    found = moves(load_phases(directory), world=World(world), unfinished=broken, again=again)
    return [(move.phase.phase, move.from_number, move.reason) for move in found]


@pytest.mark.parametrize(
    ("world", "live", "unfinished", "expected"),
    [
        pytest.param(-1, 0, None, [(0, -1, "up")], id="the first phase"),
        pytest.param(0, 100, None, [(10, 0, "up"), (50, 10, "up"), (100, 50, "up")], id="up"),
        pytest.param(100, 0, None, [(0, 100, "down")], id="down in one"),
        pytest.param(50, 50, None, [], id="already there"),
        pytest.param(25, 50, None, [(50, 25, "up")], id="from a phase that is gone"),
        # The tuple is (phase, from): what the last apply set out to do.
        pytest.param(10, 10, (10, 0), [(10, 0, "resume")], id="crashed after its weights moved"),
        pytest.param(10, 50, (10, 0), [(10, 0, "resume"), (50, 10, "up")], id="and a step more"),
        pytest.param(10, 50, (50, 10), [(50, 10, "up")], id="crashed before its weights moved"),
        pytest.param(10, 10, (50, 10), [(10, 50, "resume")], id="crashed going up, then reverted"),
        pytest.param(50, 10, (50, 10), [(10, 50, "down")], id="crashed in 50, then reverted"),
        pytest.param(100, 100, (10, 100), [(100, 10, "resume")], id="crashed going down, reverted"),
        pytest.param(100, 10, (10, 100), [(10, 100, "down")], id="crashed going down"),
    ],
)
def test_the_way_from_the_world_to_the_wish(
    tmp_path: Path, world: int, live: int, unfinished: tuple[int, int] | None, expected: Steps
) -> None:
    assert way(tmp_path, world, live, unfinished, again=False) == expected


def test_again_repeats_the_phase_and_never_more(tmp_path: Path) -> None:
    assert way(tmp_path, 10, 10, None, again=True) == [(10, 10, "again")]
    assert way(tmp_path, 0, 10, None, again=True) == [(10, 0, "up")]
