"""What a gate may ask, and what a target may leave out of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.config.gates import CHECKS, GateSettings
from app.config.loading import load_environment, load_phases
from app.config.phases import Gate
from app.migration.checks import all_checks
from tests.unit.phase_files import problems, write_phases

PHASES = Path(__file__).parents[2] / "phases"


def test_every_check_can_be_asked_by_a_phase_and_every_limit_has_its_check() -> None:
    assert set(CHECKS) == set(all_checks())


@pytest.mark.parametrize(
    "limits",
    [
        {"certificate_days": 0},
        {"unencrypted_sessions": -1},
        {"cost_forecast_percent": 0},
        {"p99_milliseconds": 30_001},
        {"consecutive_successes": 11},
    ],
)
def test_limits_are_bounded(limits: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Gate.model_validate(limits)


def test_how_often_a_gate_must_pass_is_no_limit_of_a_check() -> None:
    gate = Gate(row_parity=True, certificate_days=30, consecutive_successes=3)
    assert gate.limits() == {"row_parity": True, "certificate_days": 30}
    assert gate.limits(left_out=["row_parity"]) == {"certificate_days": 30}


def test_a_check_that_does_not_exist_cannot_be_left_out() -> None:
    with pytest.raises(ValidationError, match="there is no check row_parrity") as refusal:
        GateSettings(left_out=("row_parity", "row_parrity"))
    (error,) = refusal.value.errors()
    assert error["ctx"]["at"] == ("left_out", 1)
    assert error["ctx"]["remedy"] == "did you mean row_parity?"
    with pytest.raises(ValidationError) as refusal:
        GateSettings(left_out=("zzz",))
    (error,) = refusal.value.errors()
    assert error["ctx"]["remedy"] == f"known: {', '.join(CHECKS)}"


def test_settings_cannot_be_changed_once_they_are_read() -> None:
    gate = Gate(row_parity=True)
    with pytest.raises(ValidationError, match="frozen"):
        gate.row_parity = False  # type: ignore[misc]  # that is the point


def test_production_answers_every_check_and_its_phases_ask_them_all() -> None:
    assert load_environment("production").gates.left_out == ()
    gates = [phase.gates for phase in load_phases(PHASES).phases]
    asked = {key for one in gates for gate in (one.before, one.after) for key in gate.limits()}
    assert asked == set(CHECKS)


def test_a_gate_that_judges_shadow_reads_needs_some(tmp_path: Path) -> None:
    directory = write_phases(tmp_path / "phases")
    file = directory / "phase-10.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("row_parity: true", "shadow_read_mismatches: 0"), encoding="utf-8")
    (problem,) = problems(directory)
    assert problem == (
        "phase-10.yaml:8:63: phase-10 makes no shadow reads that its gate could judge"
        " → write shadow_reads_percent above 0, or leave the check out"
    )
