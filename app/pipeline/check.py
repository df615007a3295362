"""Checks the phase files, also against the revision that a pull request starts from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.config.loading import LIVE, RELEASE, PhaseSet, load_live, load_phases, read_settings
from app.config.phases import Release
from app.config.rules import live_skips_nothing
from app.errors import ConfigError, Problem
from app.pipeline.git import file_at
from app.pipeline.release import untried_images


def check(directory: Path, *, base: str | None = None) -> PhaseSet:
    """Read all phases; with `base`, refuse a `live` that skips a phase going up from there.

    With `base`, an image may also change only of a release colour that has no weight.

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
    if found := (*problems, *_changed_images(phases.directory / RELEASE, base=base)):
        raise ConfigError(found)


def _changed_images(file: Path, *, base: str) -> Iterator[Problem]:
    before = file_at(file, revision=base)
    if before is None:
        return
    try:
        _, was = read_settings(file.with_name(f"{file.name}@{base}"), Release, content=before)
    except ConfigError:
        return  # What cannot be read there, as before there were colours, ran nowhere.
    located, release = read_settings(file, Release)
    yield from untried_images(located, before=was, after=release)
