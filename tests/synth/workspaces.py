"""Reads synthesized workspaces the way the tests ask about them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PHASES = ROOT / "phases"

Json = dict[str, Any]


@lru_cache(maxsize=64)
def _read(text: str) -> Json:
    """Read a document once: tests ask for it often, and change nothing in it."""
    document: Json = json.loads(text)
    return document


@dataclass(frozen=True)
class Workspace:
    """One `cdk.tf.json`."""

    name: str
    text: str

    @property
    def json(self) -> Json:
        """The document."""
        return _read(self.text)

    def resources(self, kind: str) -> dict[str, Json]:
        """All resources of a type, by name."""
        found: dict[str, Json] = self.json.get("resource", {}).get(kind, {})
        return found

    def resource(self, address: str) -> Json:
        """The resource at `type.name`."""
        kind, name = address.split(".")
        return self.resources(kind)[name]

    def statements(self, address: str, attribute: str = "policy") -> dict[str, Json]:
        """The statements of a policy document, by their Sid."""
        document = json.loads(self.resource(address)[attribute])
        return {statement["Sid"]: statement for statement in document["Statement"]}

    def kinds(self) -> set[str]:
        """The types of all resources."""
        return set(self.json.get("resource", {}))


@dataclass(frozen=True)
class Synthesized:
    """A whole output directory."""

    directory: Path
    order: tuple[str, ...]

    def __getitem__(self, name: str) -> Workspace:
        file = self.directory / "stacks" / name / "cdk.tf.json"
        return Workspace(name, file.read_text(encoding="utf-8"))

    def all(self) -> list[Workspace]:
        """Every workspace."""
        return [self[name] for name in self.order]

    def phases(self) -> list[Workspace]:
        """The phase workspaces, lowest first."""
        return [one for one in self.all() if one.name.startswith("phase-")]

    def dependencies(self) -> dict[str, set[str]]:
        """For each workspace, those that must be applied before it."""
        manifest = json.loads((self.directory / "manifest.json").read_text(encoding="utf-8"))
        return {name: set(one["dependencies"]) for name, one in manifest["stacks"].items()}


def files(directory: Path) -> dict[str, bytes]:
    """The content of every file below a directory, by relative path."""
    return {
        str(file.relative_to(directory)): file.read_bytes()
        for file in directory.rglob("*")
        if file.is_file()
    }
