"""One Terraform workspace with every resource of several: configurations and states, joined.

The same components, the same settings, the same objects in the cloud: only the division is gone.
A look-up of what another workspace holds becomes a reference, as whoever writes one workspace would
write it. No name is used twice, so every resource keeps its address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

Document = dict[str, Any]


def joined_configuration(
    documents: Mapping[str, Document], states: Mapping[str, Document], *, like: str, key: str
) -> Document:
    """Return `cdk.tf.json` of a workspace with the state object `key`.

    Provider, variables and outputs are those of the workspace `like`; resources keep their tags.
    Raises ValueError when two workspaces mean different things by one address.
    """
    references = _references(states)
    joined = _referring(documents[like], references)
    joined["terraform"]["backend"]["s3"]["key"] = key
    for name in (one for one in documents if one != like):
        other = _referring(documents[name], references)
        _keep_tags(other["resource"], states[name], workspace=name)
        for section in ("resource", "data"):
            for kind, found in other.get(section, {}).items():
                _add(joined.setdefault(section, {}).setdefault(kind, {}), found, kind=kind)
        joined["provider"]["aws"] += [one for one in other["provider"]["aws"] if "alias" in one]
    # Terraform takes no section that is empty.
    left = _without(joined.pop("data", {}), references)
    return {**joined, "data": left} if left else joined


def joined_state(states: Mapping[str, Document], *, like: str) -> Document:
    """Return a state, of a lineage of its own, with all managed resources of the states."""
    resources: list[Document] = []
    for name, state in states.items():
        for one in json.loads(json.dumps(_managed(state))):
            attributes = one["instances"][0]["attributes"]
            if name != like and attributes.get("tags_all"):
                attributes["tags"] = {**(attributes["tags"] or {}), **_tag(name)}
            resources.append(one)
    return {
        "version": 4,
        "terraform_version": states[like]["terraform_version"],
        "serial": 1,
        "lineage": str(uuid4()),
        "outputs": {},
        "resources": resources,
    }


def _managed(state: Document) -> list[Document]:
    return [one for one in state["resources"] if one["mode"] == "managed"]


def _tag(workspace: str) -> dict[str, str]:
    """Return the tag by which the provider of one workspace differs from that of another."""
    return {"workspace": workspace}


def _references(states: Mapping[str, Document]) -> dict[str, str]:
    """Return for each look-up of resources of the states the expression that needs none."""
    every = [one for state in states.values() for one in state["resources"]]
    held = {
        (one["type"], one["instances"][0]["attributes"].get("id")): f"{one['type']}.{one['name']}"
        for state in states.values()
        for one in _managed(state)
    }
    references = {}
    for one in every:
        if one["mode"] != "data":
            continue
        kind, attributes = one["type"], one["instances"][0]["attributes"]
        address = f"data.{kind}.{one['name']}"
        # A look-up of one is of its own type; one of several, of the type without the last letter.
        several = [(kind.removesuffix("s"), id_) for id_ in attributes.get("ids") or ()]
        if (kind, attributes["id"]) in held:
            references[address] = held[kind, attributes["id"]]
        elif several and held.keys() >= set(several):
            references[f"{address}.ids"] = _listed([held[which] for which in several])
    return references


def _listed(addresses: Sequence[str]) -> str:
    return f"[{', '.join(f'{address}.id' for address in addresses)}]"


def _referring(document: Document, references: Mapping[str, str]) -> Document:
    text = json.dumps(document)
    for looked_up, reference in references.items():
        text = re.sub(rf"\b{re.escape(looked_up)}\b", reference, text)
    replaced: Document = json.loads(text, object_hook=_without_comments)
    return replaced


def _without_comments(mapping: Document) -> Document:
    """Leave out where cdktf says from which construct something comes."""
    return {key: value for key, value in mapping.items() if key != "//"}


def _keep_tags(resources: Document, state: Document, *, workspace: str) -> None:
    """Let each resource that can carry tags say itself which workspace it was of."""
    for one in _managed(state):
        if one["instances"][0]["attributes"].get("tags_all"):
            resource = resources[one["type"]][one["name"]]
            resource["tags"] = {**resource.get("tags", {}), **_tag(workspace)}


def _add(into: Document, found: Document, *, kind: str) -> None:
    for name, meaning in found.items():
        if into.setdefault(name, meaning) != meaning:
            raise ValueError(f"two workspaces mean different things by {kind}.{name}")


def _without(data: Document, references: Mapping[str, str]) -> Document:
    """Leave out the look-ups that nothing refers to any more."""
    gone = {address.removesuffix(".ids") for address in references}
    kept = {
        kind: {name: one for name, one in found.items() if f"data.{kind}.{name}" not in gone}
        for kind, found in data.items()
    }
    return {kind: found for kind, found in kept.items() if found}
