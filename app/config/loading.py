"""Reads phases and environments. Every mistake is found at once, with file, line and column."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from app.config.base import Settings
from app.config.environment import Environment
from app.config.phases import Live, Phase, Release
from app.config.rules import RULES, PhaseFile, live_exists
from app.config.wording import closest, explain
from app.config.yaml_located import Located, parse_yaml, read_yaml
from app.errors import ConfigError, InputError, Problem

ENVIRONMENTS = Path(__file__).parent / "environments"
LIVE, RELEASE = "live.yaml", "release.yaml"

_PHASE_FILE = re.compile(r"phase-[^/]*\.yaml")
_WRITERS_MESSAGE = "there is one writer at any time"
_Model = TypeVar("_Model", bound=Settings)
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class PhaseSet:
    """All phases of a directory, ordered by number, with the live one and the release."""

    directory: Path
    phases: tuple[Phase, ...]
    live: str
    release: Release
    acknowledged: str | None = None

    @property
    def live_phase(self) -> Phase:
        """The phase that production shall be in."""
        return self.named(self.live)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all phases, lowest first."""
        return tuple(phase.name for phase in self.phases)

    def named(self, name: str) -> Phase:
        """Return the phase of that name; InputError when there is none."""
        for phase in self.phases:
            if phase.name == name:
                return phase
        remedy = f"write one of {', '.join(self.names)}"
        raise InputError(f"there is no phase {name} in {self.directory}", remedy=remedy)

    def numbered(self, number: int) -> Phase:
        """Return the phase of that number; InputError when there is none."""
        return self.named(f"phase-{number}")

    def wanting(self, name: str) -> PhaseSet:
        """Return the same phases with another one wanted; InputError when there is none."""
        return replace(self, live=self.named(name).name)

    def between(self, *, above: int, up_to: int) -> tuple[Phase, ...]:
        """Return the phases with `above < number <= up_to`, lowest first: the steps of going up."""
        return tuple(phase for phase in self.phases if above < phase.phase <= up_to)


def load_phases(directory: Path) -> PhaseSet:
    """Read a directory of phases. ConfigError lists every problem of every file."""
    if not directory.is_dir():
        message = f"there is no directory {directory}"
        raise InputError(message, remedy="name the directory that holds phase-0.yaml")
    problems: list[Problem] = []
    files = _phase_files(directory, problems)
    live = _collect(lambda: load_live(directory / LIVE), problems)
    release = _collect(lambda: _read(directory / RELEASE, Release)[1], problems)
    complete = not problems
    for rule in RULES:
        problems.extend(rule(files))
    if complete and not any(one.phase.phase == 0 for one in files):
        message = "there is no phase 0: nothing to start from and to go back to"
        remedy = f"create {directory / 'phase-0.yaml'} with aws_percent: 0 and writer: legacy"
        problems.append(Problem(directory / "phase-0.yaml", 1, 1, message, remedy))
    if live and complete:
        # A file of that name with another number in it has its own problem.
        names = [one.phase.name for one in files]
        named_so = (directory / f"{live[1].live}.yaml").is_file()
        problems.extend(() if named_so else live_exists(live[0], live[1], names=names))
    if problems or live is None or release is None:
        raise ConfigError(tuple(sorted(problems, key=_in_file_order)))
    phases = tuple(one.phase for one in files)
    return PhaseSet(directory, phases, live[1].live, release, live[1].acknowledge)


def load_live(file: Path, *, content: bytes | None = None) -> tuple[Located, Live]:
    """Read `live.yaml` alone, with its positions; from `content` when given."""
    located = read_yaml(file) if content is None else parse_yaml(file, content)
    return located, _validated(located, Live)


def load_environment(name: str, directory: Path | None = None) -> Environment:
    """Read `environments/<name>.yaml`. InputError when there is no such environment."""
    directory = directory or ENVIRONMENTS
    file = directory / f"{name}.yaml"
    known = sorted(path.stem for path in directory.glob("*.yaml"))
    if name not in known:
        meant = closest(name, known)
        remedy = f"did you mean {meant}?" if meant else f"write one of {', '.join(known)}"
        raise InputError(f"there is no environment {name!r}", remedy=remedy)
    located, environment = _read(file, Environment)
    if environment.name != name:
        message = f"name is {environment.name} in a file named {file.name}"
        raise ConfigError((located.problem(("name",), message, remedy=f"write name: {name}"),))
    return environment


def read_settings(
    file: Path, model: type[_Model], *, content: bytes | None = None
) -> tuple[Located, _Model]:
    """Read one file of settings of its own, with the positions of its values. ConfigError.

    With `content`, reads that as if it stood in the file.
    """
    located = read_yaml(file) if content is None else parse_yaml(file, content)
    return located, _validated(located, model)


def _phase_files(directory: Path, problems: list[Problem]) -> list[PhaseFile]:
    files = []
    for file in sorted(directory.iterdir()):
        if file.suffix not in {".yaml", ".yml"} or file.name in {LIVE, RELEASE}:
            continue
        if not _PHASE_FILE.fullmatch(file.name):
            message = f"{file.name} is no file that payshift reads"
            remedy = f"name it phase-<number>.yaml, {LIVE} or {RELEASE}, or move it elsewhere"
            problems.append(Problem(file, 1, 1, message, remedy))
            continue
        found = _collect(partial(_read_phase, file), problems)
        if found:
            files.append(found)
    return sorted(files, key=lambda one: (one.phase.phase, one.located.file.name))


def _read_phase(file: Path) -> PhaseFile:
    return PhaseFile(*_read(file, Phase))


def _read(file: Path, model: type[_Model]) -> tuple[Located, _Model]:
    located = read_yaml(file)
    return located, _validated(located, model)


def _validated(located: Located, model: type[_Model]) -> _Model:
    try:
        # Through JSON: strict there still reads addresses from text, but never turns "10", true
        # or 10.0 into a whole number.
        return model.model_validate_json(json.dumps(located.data), strict=True)
    except ValidationError as error:
        problems = explain(error, located=located, model=model)
        raise ConfigError(tuple(map(_about_two_writers, problems))) from error


def _about_two_writers(problem: Problem) -> Problem:
    if not problem.message.startswith("writer is "):
        return problem
    message = f"{problem.message}: {_WRITERS_MESSAGE}"
    remedy = "write writer: legacy or writer: aws"
    return Problem(problem.file, problem.line, problem.column, message, remedy)


def _collect(read: Callable[[], _Result], problems: list[Problem]) -> _Result | None:
    try:
        return read()
    except ConfigError as error:
        problems.extend(error.problems)
        return None


def _in_file_order(problem: Problem) -> tuple[str, int, int]:
    return str(problem.file), problem.line, problem.column
