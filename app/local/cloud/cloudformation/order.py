"""The order in which a template's resources depend on each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

_SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")


def dependency_order(resources: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Names of resources, each after those in its DependsOn, Ref, Fn::GetAtt and Fn::Sub."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name, resource in resources.items():
        declared = resource.get("DependsOn") or []
        wanted = {declared} if isinstance(declared, str) else set(declared)
        wanted |= set(_references(resource.get("Properties") or {}))
        sorter.add(name, *sorted(wanted & set(resources)))
    return list(sorter.static_order())


def _references(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for entry in value:
            yield from _references(entry)
    if not isinstance(value, dict):
        return
    for key, entry in value.items():
        if key == "Ref":
            yield str(entry)
        elif key == "Fn::GetAtt":
            yield entry[0] if isinstance(entry, list) else str(entry).partition(".")[0]
        elif key == "Fn::Sub":
            text = entry[0] if isinstance(entry, list) else entry
            yield from _SUBSTITUTION.findall(str(text))
            yield from _references(entry)
        else:
            yield from _references(entry)
