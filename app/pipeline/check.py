"""Checks the phase files, also against the revision that a pull request starts from."""

from __future__ import annotations

from pathlib import Path

from app.config.loading import LIVE, PhaseSet, load_live, load_phases
from app.config.rules import live_skips_nothing
from app.errors import ConfigError
from app.pipeline.git import file_at


def check(directory: Path, *, base: str | None = None) -> PhaseSet:
    """Read all phases; with `base`, refuse a `live` that skips a phase going up from there.

    ConfigError lists every problem with its file, line and column.
    """
    phases = load_phases(directory)
    if base is not None:
        _check_move(phases, base=base)
    return phases


def _check_move(phases: PhaseSet, *, base: str) -> None:
    file = phases.directory / LIVE
    before = file_at(file, revision=base)
    was = -1
    if before is not None:
        label = file.with_name(f"{file.name}@{base}")
        was = int(load_live(label, content=before)[1].live.removeprefix("phase-"))
    problems = live_skips_nothing(
        load_live(file)[0],
        base=was,
        live=phases.live_phase.phase,
        numbers=[phase.phase for phase in phases.phases],
    )
    if found := tuple(problems):
        raise ConfigError(found)
