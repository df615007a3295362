"""Who may answer a request: weighted target groups with their Lambda targets."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A function, and the alias that was registered."""

    function: str
    qualifier: str | None = None

    @classmethod
    def from_arn(cls, arn: str) -> Target:
        """Read `arn:aws:lambda:region:account:function:name[:alias]`."""
        parts = arn.split(":")
        return cls(function=parts[6], qualifier=parts[7] if len(parts) > 7 else None)  # noqa: PLR2004 - see above


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A target group, its weight in the listener, and its target."""

    arn: str
    weight: int
    target: Target | None


@dataclass(frozen=True, slots=True)
class Route:
    """A listener's forward action."""

    groups: tuple[TargetGroup, ...] = ()

    @property
    def functions(self) -> frozenset[str]:
        """The functions that requests may be sent to."""
        return frozenset(
            group.target.function for group in self.groups if group.target and group.weight > 0
        )

    def pick(self, *, chance: float | None = None) -> TargetGroup | None:
        """Choose a group in proportion to the weights; `chance` in [0, 1) replaces the dice."""
        total = sum(group.weight for group in self.groups)
        if total == 0:
            return None
        point = (random.random() if chance is None else chance) * total  # noqa: S311 - no secret
        for group in self.groups:
            point -= group.weight
            if point < 0:
                return group
        return self.groups[-1]
