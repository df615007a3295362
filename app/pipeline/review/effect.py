"""The effect of a saved plan: what each resource will be, apart from the run that planned it."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from app.errors import WorldError

UNKNOWN, HIDDEN, RUN = "(known after apply)", "(sensitive)", "(this run)"
_HIDDEN = re.compile(r"^\(sensitive [0-9a-f]{16}\)$")
_RUN_ID = re.compile(r"\b\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{4}(?:-break-glass)?\b")
_NOTHING_DONE = (["no-op"], ["read"])
Leaf = str | int | float | bool | None


class Frozen(BaseModel):
    """A record that was written elsewhere: checked when it is read, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Value(Frozen):
    """One changed value of a resource."""

    before: Leaf
    after: Leaf


class Change(Frozen):
    """What a plan does to a resource: Terraform's actions, and the values that change by path."""

    address: str
    actions: tuple[str, ...]
    values: dict[str, Value]


class StateMark(Frozen):
    """Which state a plan was made against; serial 0 and no lineage before the first apply."""

    lineage: str
    serial: int


def changes(shown: str) -> tuple[Change, ...]:
    """Read what `terraform show -json` says of a plan, ordered by address.

    Of a sensitive value only a digest is kept, which is never shown; the run's id is masked, since
    every run has another.
    """
    found = []
    for one in json.loads(shown).get("resource_changes", ()):
        change = one["change"]
        if one.get("mode") == "managed" and change["actions"] not in _NOTHING_DONE:
            deposed = f" ({one['deposed']})" if one.get("deposed") else ""
            found.append(
                Change(
                    address=one["address"] + deposed,
                    actions=tuple(change["actions"]),
                    values=_values(change),
                )
            )
    return tuple(sorted(found, key=lambda change: change.address))


def state_mark(plan: Path) -> StateMark:
    """Tell which state a saved plan was made against. WorldError when it is no plan."""
    try:
        with zipfile.ZipFile(plan) as archive:
            state = json.loads(archive.read("tfstate"))
        return StateMark(lineage=str(state.get("lineage", "")), serial=int(state.get("serial", 0)))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        message = f"{plan} cannot be read as a plan of Terraform: {error}"
        raise WorldError(message, remedy="plan again; another Terraform may have written it") from (
            error
        )


def visible(value: Leaf) -> str:
    """Return a value as people may read it."""
    return "nothing" if value is None else _HIDDEN.sub(HIDDEN, str(value))


def digest(found: tuple[Change, ...]) -> str:
    """Digest an effect: equal for two plans that lead to the same world."""
    effect = [
        (one.address, one.actions, {path: value.after for path, value in one.values.items()})
        for one in found
    ]
    return hashlib.sha256(json.dumps(effect, sort_keys=True).encode()).hexdigest()


def _values(change: Mapping[str, Any]) -> dict[str, Value]:
    before, after = dict(_leaves(change.get("before"))), dict(_leaves(change.get("after")))
    unknown = {path for path, value in _leaves(change.get("after_unknown")) if value is True}
    hidden = [
        path
        for side in ("before_sensitive", "after_sensitive")
        for path, value in _leaves(change.get(side))
        if value is True
    ]
    after |= dict.fromkeys(unknown, UNKNOWN)
    return {
        path: Value(
            before=_shown(path, before.get(path), hidden),
            after=_shown(path, after.get(path), hidden),
        )
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path) and not _inside(path, unknown - {path})
    }


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Leaf]]:  # noqa: ANN401  # JSON
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{number}]")
    else:
        yield path, value


def _inside(path: str, parents: set[str]) -> bool:
    """Tell whether a path lies below one of those that are unknown as a whole."""
    return any(path.startswith((f"{parent}.", f"{parent}[")) for parent in parents)


def _shown(path: str, value: Leaf, hidden: list[str]) -> Leaf:
    if any(one in ("", path) or _inside(path, {one}) for one in hidden):
        # Beside the state, which holds the value itself, a digest gives nothing away.
        found = hashlib.sha256(json.dumps(value).encode()).hexdigest()
        return None if value is None else f"(sensitive {found[:16]})"
    return _RUN_ID.sub(RUN, value) if isinstance(value, str) else value
