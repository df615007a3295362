"""What a benchmark returns and how it is written down."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure: the median of its samples, and a ratio where it was measured in pairs."""

    name: str
    unit: str
    samples: tuple[float, ...]
    ratio: float | None = None
    against: str | None = None

    @property
    def value(self) -> float:
        """The median of the samples."""
        return median(self.samples)

    def as_result(self) -> dict[str, object]:
        """The entry of `build/bench/results.json`."""
        entry = asdict(self)
        del entry["name"]
        return {"value": self.value, **entry, "machine": machine()}


def machine() -> str:
    """The machine in a few words."""
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return f"{system}, Python {platform.python_version()}"
