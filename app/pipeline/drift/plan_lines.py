"""Reads a plan as JSON: what was changed outside of Terraform, and what an apply would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.pipeline.drift.noise import Noise
from app.pipeline.probing.base import Line, judged

_QUIET: tuple[list[str], ...] = ([], ["no-op"], ["read"])


@dataclass(frozen=True, slots=True)
class Change:
    """A resource that differs: how, and in which attributes. Values may be secret: never shown."""

    address: str
    actions: tuple[str, ...]
    attributes: tuple[str, ...]

    def __str__(self) -> str:
        names = f" {', '.join(self.attributes)}" if self.actions == ("update",) else ""
        return f"{'/'.join(self.actions)}{names}"


def plan_lines(workspace: str, plan: Mapping[str, Any], *, noise: Sequence[Noise]) -> list[Line]:
    """Return one line for each resource that differs, one that passed when none does.

    `noise` is taken out attribute by attribute. What an apply would change is said once, also
    where it was changed outside of Terraform.
    """
    outside = {one.address: one for one in _changes(plan.get("resource_drift", ()), noise)}
    wanted = {one.address: one for one in _changes(plan.get("resource_changes", ()), noise)}
    lines = [
        _failed(
            f"{workspace}: {address}",
            f"an apply would {change}" + (" (changed outside)" if address in outside else ""),
        )
        for address, change in wanted.items()
    ]
    lines += [
        _failed(f"{workspace}: {address}", f"changed outside of Terraform: {change}")
        for address, change in outside.items()
        if address not in wanted
    ]
    return lines or [judged(passed=True, subject=workspace, message="as its code says", remedy="")]


def _failed(subject: str, message: str) -> Line:
    remedy = "see in CloudTrail who changed it; apply the workspace, or write it into the code"
    return judged(passed=False, subject=subject, message=message, remedy=remedy)


def _changes(entries: Sequence[Mapping[str, Any]], noise: Sequence[Noise]) -> Iterator[Change]:
    for entry in entries:
        address, change = str(entry["address"]), entry["change"]
        actions = list(change["actions"])
        if actions in _QUIET:
            continue
        attributes = tuple(
            name
            for name in _attributes(change)
            if not any(one.covers(address, name) for one in noise)
        )
        if actions != ["update"] or attributes:
            yield Change(address, tuple(actions), attributes)


def _attributes(change: Mapping[str, Any]) -> list[str]:
    """Return the attributes that differ, or that are known only once the change is made."""
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    return sorted(
        name
        for name in before.keys() | after.keys() | unknown.keys()
        if unknown.get(name) or _told(before.get(name)) != _told(after.get(name))
    )


def _told(value: Any) -> Any:  # noqa: ANN401  # what JSON can hold
    """Return a value without what is empty: the provider reads "not set" back as "" or {}."""
    if isinstance(value, Mapping):
        value = {name: told for name, one in value.items() if (told := _told(one)) is not None}
    elif isinstance(value, list):
        value = [_told(one) for one in value]
    return None if value in ("", [], {}) else value
