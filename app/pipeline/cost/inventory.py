"""Reads every resource that a directory of synthesized workspaces holds, each thing once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.errors import InputError
from app.pipeline.cost.resource import Lookup, Resource
from app.pipeline.terraform import JSON_FILE

PHASES = "phases"
_PHASE = re.compile(r"phase-[0-9]+")


def read_inventory(directory: Path) -> tuple[Resource, ...]:
    """Return the resources below `directory/stacks`, in a fixed order.

    The phase workspaces hold the same records and the same parameter (the last apply wins), so
    they are read as one workspace `phases`, in which resources of one address are one thing: it
    exists once, however many states name it. InputError when a file is no Terraform JSON.
    """
    files = sorted(directory.glob(f"stacks/*/{JSON_FILE}"))
    if not files:
        message = f"there are no workspaces in {directory}"
        raise InputError(message, remedy=f"write them: payshift synth --output {directory}")
    found: dict[tuple[str, str], Resource] = {}
    for file in files:
        for resource in _read(file):
            found.setdefault((resource.workspace, resource.address), resource)
    return tuple(found.values())


def _read(file: Path) -> Iterator[Resource]:
    document = _document(file)
    workspace = PHASES if _PHASE.fullmatch(file.parent.name) else file.parent.name
    resources: dict[str, dict[str, dict[str, Any]]] = document.get("resource", {})
    lookup = _lookup(resources)
    for kind, named in sorted(resources.items()):
        for name, properties in sorted(named.items()):
            instances = _instances(f"{workspace}: {kind}.{name}", properties)
            yield Resource(workspace, kind, name, properties, instances, lookup)


def _document(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        document = None
    if not isinstance(document, dict):
        message = f"{file} is not the JSON of a workspace"
        raise InputError(message, remedy="write it again: payshift synth")
    return document


def _lookup(resources: dict[str, dict[str, dict[str, Any]]]) -> Lookup:
    def look(path: str) -> object:
        kind, name, attribute = path.split(".")
        return resources.get(kind, {}).get(name, {}).get(attribute)

    return look


def _instances(where: str, properties: dict[str, Any]) -> int:
    count, each = properties.get("count"), properties.get("for_each")
    if count is None and each is None:
        return 1
    if isinstance(count, int):
        return count
    if isinstance(each, dict | list):
        return len(each)
    message = f"{where}: how often it exists is only known by an apply"
    raise InputError(message, remedy="synthesize one resource for each thing")
