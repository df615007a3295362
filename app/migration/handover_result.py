"""What a handover did, as callers, journals and evidence see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.migration.sites import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverResult:
    """`changed` is false when this call moved nothing; then the durations are 0.

    `pause_ms` is the time in which no database accepted writes: from the moment the old writer made
    new ones wait (`fence_ms` until it refused them, `drain_ms` until the other side had
    everything) to the commit with which the new writer began to accept.
    """

    run_id: str
    from_: Site
    to: Site
    epoch: int
    changed: bool
    started_at: str
    pause_ms: float = 0.0
    fence_ms: float = 0.0
    drain_ms: float = 0.0

    def as_record(self) -> dict[str, Any]:
        """Return plain values; `from_` is called `from`."""
        return {
            "run_id": self.run_id,
            "from": self.from_.value,
            "to": self.to.value,
            "epoch": self.epoch,
            "changed": self.changed,
            "started_at": self.started_at,
            "pause_ms": self.pause_ms,
            "fence_ms": self.fence_ms,
            "drain_ms": self.drain_ms,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any], *, changed: bool) -> HandoverResult:
        """Read what `as_record` returned; `changed` tells what it means for this call."""
        return cls(
            run_id=record["run_id"],
            from_=Site(record["from"]),
            to=Site(record["to"]),
            epoch=record["epoch"],
            changed=changed,
            started_at=record["started_at"],
            pause_ms=record["pause_ms"],
            fence_ms=record["fence_ms"],
            drain_ms=record["drain_ms"],
        )
