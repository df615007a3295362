"""One version of a state as a document: what it says, and the same content under a newer serial."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from app.errors import WorldError


class _Header(BaseModel):
    """What is relied upon."""

    version: Literal[4]
    serial: int
    lineage: str
    resources: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class StateDocument:
    """A state file of Terraform, format 4. Its values may be sensitive and are never shown."""

    content: Mapping[str, Any]

    @classmethod
    def parse(cls, raw: bytes) -> StateDocument:
        """Read a state object. WorldError when it is none that this version understands."""
        try:
            _Header.model_validate_json(raw)
        except ValidationError as error:
            raise WorldError(
                "this object is no state of Terraform, format 4",
                remedy="choose another version: payshift state list",
            ) from error
        return cls(json.loads(raw))

    @property
    def serial(self) -> int:
        """Counts the changes of the state."""
        return int(self.content["serial"])

    @property
    def lineage(self) -> str:
        """Names the state for its whole life; two lineages never belong together."""
        return str(self.content["lineage"])

    @property
    def phase(self) -> str | None:
        """The phase that the workspace said it brings; None for a foundation workspace."""
        output = self.content.get("outputs", {}).get("phase")
        return None if output is None else str(output["value"])

    def resources(self) -> dict[str, Mapping[str, Any]]:
        """Return the attributes of every managed resource, by address."""
        return dict(self._resources())

    def under(self, *, serial: int) -> bytes:
        """Return the same content as a state with another serial."""
        return json.dumps({**self.content, "serial": serial}, indent=2).encode() + b"\n"

    def _resources(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for resource in self.content["resources"]:
            if resource.get("mode") != "managed":
                continue
            parts = [resource["module"]] if "module" in resource else []
            address = ".".join([*parts, resource["type"], resource["name"]])
            for instance in resource["instances"]:
                key = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
                yield address + key, instance.get("attributes") or {}


@dataclass(frozen=True, slots=True)
class StateDifference:
    """What one state holds and another does not. Names of attributes only, never values."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]

    @property
    def empty(self) -> bool:
        """Whether both hold the same."""
        return not (self.added or self.removed or self.changed)

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "added": list(self.added),
            "removed": list(self.removed),
            "changed": {address: list(names) for address, names in self.changed.items()},
        }

    def lines(self) -> list[str]:
        """Return it for people."""
        lines = [f"+ {address}" for address in self.added]
        lines += [f"- {address}" for address in self.removed]
        lines += [f"~ {address}: {', '.join(names)}" for address, names in self.changed.items()]
        return lines or ["no difference"]


def difference(old: StateDocument, new: StateDocument) -> StateDifference:
    """Compare two states by address and by the names of the attributes that differ."""
    before, after = old.resources(), new.resources()
    changed = {
        address: tuple(
            sorted(
                name
                for name in before[address].keys() | after[address].keys()
                if before[address].get(name) != after[address].get(name)
            )
        )
        for address in sorted(before.keys() & after.keys())
        if before[address] != after[address]
    }
    return StateDifference(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=changed,
    )
