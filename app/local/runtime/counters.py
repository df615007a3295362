"""What happened in a pool of workers since it began."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counters:
    """Counts of invocations and their fates; seconds are sums unless named otherwise."""

    invocations: int = 0
    errors: int = 0
    throttles: int = 0
    timeouts: int = 0
    crashes: int = 0
    wait_seconds: float = 0.0
    wait_seconds_max: float = 0.0
    busy_seconds: float = 0.0

    def count_wait(self, *, seconds: float) -> None:
        """Count the time that one invocation waited for a worker."""
        self.wait_seconds += seconds
        self.wait_seconds_max = max(self.wait_seconds_max, seconds)

    def describe(self) -> dict[str, object]:
        """Return the figures by name."""
        return {name: round(value, 6) for name, value in asdict(self).items()}
