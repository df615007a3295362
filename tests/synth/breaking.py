"""How a test breaks one thing in what was synthesized."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.synth.workspaces import Json, Synthesized

Change = Callable[[Json], object]


@dataclass(frozen=True)
class Mutation:
    """What is broken, where, and what says so: the number of a policy, or a test's name.

    `address` may leave the name open (`aws_rds_cluster.`): then the first of that type is broken.
    `provider.aws` is the provider of all that the workspace holds.
    """

    name: str
    workspace: str
    address: str
    red: str
    change: Change


def drop(key: str) -> Change:
    """Leave an argument out; fails when it was not there."""
    return lambda resource: resource.pop(key)


def put(**values: object) -> Change:
    """Write arguments."""
    return lambda resource: resource.update(values)


def within(*path: str | int, **values: object) -> Change:
    """Write arguments of what lies at a path of keys and positions."""

    def change(resource: Any) -> None:
        for key in path:
            resource = resource[key]
        resource.update(values)

    return change


def broken(document: Json, mutation: Mutation) -> Json:
    """A copy of a workspace with one change; fails loudly when there is nothing to change."""
    changed = copy.deepcopy(document)
    kind, _, name = mutation.address.partition(".")
    if kind == "provider":
        resource = changed["provider"][name][0]
    else:
        named = changed["resource"].get(kind)
        assert named, f"{mutation.workspace} holds no {kind}"
        resource = named[name or min(named)]
    before = copy.deepcopy(resource)
    mutation.change(resource)
    assert resource != before, f"{mutation.name} changed nothing"
    return changed


def write_broken(synthesized: Synthesized, mutation: Mutation, directory: Path) -> Synthesized:
    """Write all workspaces with one change into a directory; the others are links."""
    stacks = directory / "stacks"
    stacks.mkdir(parents=True)
    for name in synthesized.order:
        if name != mutation.workspace:
            (stacks / name).symlink_to(synthesized.directory / "stacks" / name)
    (directory / "manifest.json").symlink_to(synthesized.directory / "manifest.json")
    file = stacks / mutation.workspace / "cdk.tf.json"
    file.parent.mkdir()
    document = broken(synthesized[mutation.workspace].json, mutation)
    file.write_text(json.dumps(document, indent=2), encoding="utf-8")
    return Synthesized(directory, synthesized.order)
