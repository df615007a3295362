"""The addresses of resources in a synthesized file, by the lines that they stand in.

checkov reports `resource.logs` for any type of resource with that name: two of them would be the
same finding, and an exception for one would hide the other.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

BLOCKS = ("data", "resource")


def address_at(file: Path, *, line: int, name: str) -> str:
    """Return `type.name` (`data.type.name`) of what is called `name` and starts at `line`.

    LookupError when nothing does: then checkov and this file do not speak of the same JSON.
    """
    found = _addresses(file).get((line, name))
    if found is None:
        raise LookupError(f"{file}:{line}: there is no {name}")
    return found


@cache
def _addresses(file: Path) -> dict[tuple[int, str], str]:
    # JSON is YAML, and its nodes know their lines.
    document = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    found: dict[tuple[int, str], str] = {}
    for block, kinds in _members(document):
        if block == "provider":
            for name, bodies in _members(kinds):
                for body in bodies.value if isinstance(bodies, SequenceNode) else (bodies,):
                    found[body.start_mark.line + 1, name] = f"provider.{name}"
        for kind, named in _members(kinds) if block in BLOCKS else ():
            prefix = "data." if block == "data" else ""
            for name, body in _members(named):
                found[body.start_mark.line + 1, name] = f"{prefix}{kind}.{name}"
    return found


def _members(node: Node | None) -> list[tuple[str, Node]]:
    if not isinstance(node, MappingNode):
        return []
    return [(str(key.value), value) for key, value in node.value]
