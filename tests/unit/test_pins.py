"""Each file of pins holds what pyproject.toml asks for, at a version that it accepts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
_COMPILED = re.compile(
    r"^\t\$\((COMPILE(?:_PINS)?)\) (.+?) --output-file (requirements/\S+)$", re.MULTILINE
)
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def compiled() -> dict[str, list[str]]:
    """The options with which the Makefile compiles each file."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return {
        file: options.split() + (["project"] if command == "COMPILE" else [])
        for command, options, file in _COMPILED.findall(makefile)
    }


def asked(options: list[str]) -> list[Requirement]:
    """What those options take from pyproject.toml."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[str] = []
    for option, value in zip(options, [*options[1:], ""], strict=True):
        if option == "--extra":
            found += project["project"]["optional-dependencies"][value]
        elif option == "--group":
            found += project["dependency-groups"][value]
        elif option == "project":
            found += project["project"]["dependencies"]
    return [Requirement(text) for text in found]


def test_every_file_of_pins_is_compiled_by_the_makefile() -> None:
    there = {f"requirements/{file.name}" for file in (ROOT / "requirements").glob("*.txt")}
    assert set(compiled()) == there


@pytest.mark.parametrize("file", compiled())
def test_pins_are_what_pyproject_asks_for(file: str) -> None:
    pins = {
        canonicalize_name(name): version
        for name, version in _PIN.findall((ROOT / file).read_text(encoding="utf-8"))
    }
    wanted = asked(compiled()[file])
    assert wanted
    stale = [
        f"{requirement}: pinned is {pins.get(canonicalize_name(requirement.name))}"
        for requirement in wanted
        if not requirement.specifier.contains(
            pins.get(canonicalize_name(requirement.name), "0.dev0"), prereleases=True
        )
        or canonicalize_name(requirement.name) not in pins
    ]
    assert stale == [], "run `make requirements`"
