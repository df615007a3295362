"""Record sets as the resolver needs them, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Record:
    """One record set: a name and type with its values; weighted when it has a set identifier."""

    name: str
    kind: str
    ttl: int
    values: tuple[str, ...]
    set_identifier: str | None = None
    weight: int | None = None
    alias: str | None = None


class Zones(Protocol):
    """Live access to hosted zones. All names are lower case and without the last dot."""

    def zone_of(self, name: str) -> str | None:
        """Return the longest zone that holds a name, or None."""
        ...

    def records(self, *, zone: str) -> list[Record]:
        """Return the zone's record sets as they are now."""
        ...


def normal(name: str) -> str:
    """Return a name as the zones keep it."""
    return name.rstrip(".").lower()
