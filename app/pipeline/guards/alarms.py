"""No advance while an alarm rings that a gate would refuse for, or that questions the writer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.config.names import Names
from app.pipeline.aws import translated
from app.pipeline.guards.base import Hold
from app.pipeline.moves import Move

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

# What a gate measures, and what makes one writer or the way back doubtful. `gate-failed` is left
# out: it tells of the last try, and would hold the next one up for no cause of its own.
HOLDING = (
    "two-writers",
    "no-writer",
    "database-unreachable",
    "databases-differ",
    "replication-lag",
    "handover-failed",
    "error-rate-aws",
    "error-rate-legacy",
    "p95-aws",
    "p95-legacy",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """Reads the alarms of an environment; one that does not exist does not ring."""

    cloudwatch: CloudWatchClient
    names: Names

    def __call__(self, move: Move, /) -> tuple[Hold, ...]:
        """Hold for each alarm that rings now."""
        wanted = [f"{self.names.prefix}-{name}" for name in HOLDING]
        with translated(f"reading the alarms before {move.phase.name}"):
            found = self.cloudwatch.describe_alarms(AlarmNames=wanted)["MetricAlarms"]
        return tuple(
            Hold(
                f"the alarm {alarm['AlarmName']} rings",
                "mend what it tells of (its description says how), then deliver again",
            )
            for alarm in found
            if alarm["StateValue"] == "ALARM"
        )
