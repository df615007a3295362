"""One synthesized resource, read the way a pricer asks about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.errors import InputError

_WHOLE = re.compile(r"\$\{(aws_\w+\.\w+\.\w+)\}")
_INSIDE = re.compile(r"\$\{(aws_\w+\.\w+\.\w+)\}")
_MAXIMUM_HOPS = 10

Lookup = Callable[[str], object]
"""Returns the attribute at `type.name.attribute` of the same workspace, None when it has none."""


class Unresolvable(InputError):
    """A property decides the price and cannot be known before an apply."""


def nothing(_path: str) -> object:
    """Resolve no reference."""
    return None


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of one workspace. `instances` is what its count or for_each says."""

    workspace: str
    kind: str
    name: str
    properties: dict[str, Any]
    instances: int = 1
    lookup: Lookup = field(default=nothing, repr=False, compare=False)

    @property
    def address(self) -> str:
        """Terraform's address: type and name."""
        return f"{self.kind}.{self.name}"

    def value(self, key: str) -> object:
        """A property with its references followed; None when it is absent."""
        found = self.properties.get(key)
        for _ in range(_MAXIMUM_HOPS):
            whole = _WHOLE.fullmatch(found) if isinstance(found, str) else None
            target = self.lookup(whole[1]) if whole else None
            if target is None:
                break
            found = target
        return _INSIDE.sub(self._replaced, found) if isinstance(found, str) else found

    def text(self, key: str, default: str | None = None) -> str:
        """A property that is text. Unresolvable when it is absent without a default."""
        found = self.value(key)
        if found is None and default is not None:
            return default
        if not isinstance(found, str) or "${" in found:
            raise self._unresolvable(key, found, "text")
        return found

    def hint(self, key: str) -> str:
        """A property as far as it is known, for guesses that never decide whether to price."""
        found = self.value(key)
        return found if isinstance(found, str) else ""

    def number(self, key: str, default: float | None = None) -> float:
        """A property that is a number. Unresolvable when it is absent without a default."""
        found = self.value(key)
        if found is None and default is not None:
            return default
        try:
            return float(str(found))
        except ValueError as error:
            raise self._unresolvable(key, found, "a number") from error

    def flag(self, key: str, *, default: bool = False) -> bool:
        """A property that is true or false."""
        found = self.value(key)
        if found is None:
            return default
        if found in (True, False):
            return bool(found)
        if found in ("true", "false"):
            return found == "true"
        raise self._unresolvable(key, found, "true or false")

    def blocks(self, key: str) -> list[dict[str, Any]]:
        """Nested blocks, whether they were written as one or as a list."""
        found = self.value(key)
        if found is None:
            return []
        blocks = found if isinstance(found, list) else [found]
        if not all(isinstance(block, dict) for block in blocks):
            raise self._unresolvable(key, found, "blocks")
        return list(blocks)

    def count(self, key: str, *, unknown: int) -> int:
        """How many items a list has; `unknown` for a list that only the world knows."""
        found = self.value(key)
        if isinstance(found, list):
            return len(found)
        return 0 if found is None else unknown

    def _replaced(self, match: re.Match[str]) -> str:
        target = self.lookup(match[1])
        return target if isinstance(target, str) else match[0]

    def _unresolvable(self, key: str, found: object, wanted: str) -> Unresolvable:
        said = "is missing" if found is None else f"is {found!r}"
        return Unresolvable(
            f"{self.workspace}: {self.address} cannot be priced: {key} {said}",
            remedy=f"synthesize {key} as {wanted}: the environment file or the code knows it",
        )
