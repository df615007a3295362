"""The table of the benchmarks: what is judged, and that every goal has a figure that it judges."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.loading import load_phases
from bench.figures import Figure
from bench.goals import GOALS, goals_of, unmeasured, verdict
from bench.local_target import phases_without_clients


def entry(*samples: float, ratio: float | None = None) -> dict[str, object]:
    return Figure(name="any", unit="s", samples=samples, ratio=ratio).as_result()


@pytest.mark.parametrize(
    ("name", "samples", "ratio", "said"),
    [
        ("handover_pause_engine", (10, 12, 39), None, "median ≤ 15 reached; highest ≤ 40 reached"),
        ("handover_pause_engine", (16, 16, 41), None, "median ≤ 15 MISSED; highest ≤ 40 MISSED"),
        ("payments_api_8", (900,), 0.74, "ratio ≥ 0.75 MISSED"),
        ("payments_api_8", (900,), 0.75, "ratio ≥ 0.75 reached"),
        # A goal whose part was not measured is not reached.
        ("payments_api_8", (900,), None, "ratio ≥ 0.75 MISSED"),
        ("verify_uuid_10000_scattered", (3,), 1.9, "ratio ≤ 2 reached"),
        ("rotation_failed_requests", (1,), None, "highest ≤ 0 MISSED"),
        ("rotation_achieved_rate", (26, 94, 186), None, "median ≥ 95 MISSED"),
        ("payments_without_fence", (900,), None, ""),
    ],
)
def test_a_figure_is_judged_by_its_own_goals(
    name: str, samples: tuple[float, ...], ratio: float | None, said: str
) -> None:
    assert verdict(name, entry(*samples, ratio=ratio)) == said


def test_a_figure_without_a_goal_is_told_only() -> None:
    assert goals_of("payments_pgbench_1") == ()


def test_goals_that_no_figure_answers_to_are_named() -> None:
    missing = unmeasured(["verify_uuid_clean", "fence_cost"])
    assert set(missing) == set(GOALS) - {"verify_*_clean", "fence_cost"}


def test_phases_that_need_no_clients_are_phases_still(tmp_path: Path) -> None:
    found = load_phases(phases_without_clients(tmp_path / "phases"))
    assert found.names == load_phases(Path("phases")).names
    asked = {
        name
        for phase in found.phases
        if phase.gates
        for name in phase.gates.after.model_dump(exclude_none=True, exclude_defaults=True)
    }
    assert asked == {"replication_lag_seconds", "row_parity"}
