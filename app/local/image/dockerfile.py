"""Reads a Dockerfile: stages, and the instructions of each with the build arguments put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from app.errors import InputError

_VARIABLE = re.compile(r"\$\{(\w+)\}")


class Instruction(NamedTuple):
    """One instruction, such as `COPY`, and what stands behind it."""

    name: str
    rest: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: its name (empty for none), what it starts from, and its instructions in order."""

    name: str
    base: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        """What stands behind every instruction of a kind, in order."""
        return [one.rest for one in self.instructions if one.name == name]


def read_dockerfile(file: Path, *, arguments: Mapping[str, str]) -> tuple[Stage, ...]:
    """Return the stages in order.

    InputError for an argument that has neither a value nor a default, as a build would fail.
    """
    stages: list[Stage] = []
    values: dict[str, str] = {}
    for name, text in _instructions(file.read_text(encoding="utf-8")):
        if name == "ARG":
            argument, _, default = text.partition("=")
            values[argument] = arguments.get(argument, default)
            continue
        rest = _VARIABLE.sub(lambda found: _value(found[1], values), text)
        if name == "FROM":
            base, _, stage = re.sub(r"\s+AS\s+", " ", rest, flags=re.IGNORECASE).partition(" ")
            stages.append(Stage(name=stage, base=base))
        else:
            stages[-1].instructions.append(Instruction(name, rest))
    return tuple(stages)


def _instructions(text: str) -> list[Instruction]:
    kept = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(kept))
    pairs = (line.strip().partition(" ") for line in joined.splitlines())
    return [Instruction(name.upper(), rest.strip()) for name, _, rest in pairs]


def _value(name: str, values: Mapping[str, str]) -> str:
    if not values.get(name):
        message = f"the Dockerfile's argument {name} has no value"
        raise InputError(message, remedy=f"build with --build-arg {name}=…")
    return values[name]
