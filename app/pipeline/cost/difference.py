"""What changed between two estimates."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

from app.pipeline.cost.estimate import Estimate

_Key = tuple[str, str, str]
_NOTHING_USD = 0.005


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the bill that is new, gone, dearer or cheaper."""

    workspace: str
    resource: str
    name: str
    before: float
    after: float

    @property
    def usd(self) -> float:
        """What it adds to a month."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes against another state of the code, largest first.

    Both are priced with the usage and the prices of today, so that only the resources differ.
    """

    other: str
    before: float
    after: float
    changes: tuple[Change, ...]

    @property
    def usd(self) -> float:
        """What it adds to a month."""
        return self.after - self.before

    def as_record(self) -> dict[str, Any]:
        """Describe the difference for programs."""
        return {
            "against": self.other,
            "usd_per_month": round(self.usd, 2),
            "before_usd": round(self.before, 2),
            "after_usd": round(self.after, 2),
            "changes": [asdict(one) | {"usd": round(one.usd, 4)} for one in self.changes],
        }


def compare(before: Estimate, after: Estimate, *, other: str) -> Difference:
    """Compare two estimates line by line; lines that differ by less than half a cent are equal."""
    was, now = _sums(before), _sums(after)
    changes = [Change(*key, before=was.get(key, 0.0), after=now.get(key, 0.0)) for key in was | now]
    seen = [one for one in changes if abs(one.usd) >= _NOTHING_USD]
    seen.sort(key=lambda one: (-abs(one.usd), one.workspace, one.resource, one.name))
    return Difference(other, before.usd, after.usd, tuple(seen))


def _sums(found: Estimate) -> dict[_Key, float]:
    sums: defaultdict[_Key, float] = defaultdict(float)
    for line in found.lines:
        sums[line.workspace, line.resource, line.name] += line.usd
    return dict(sums)
