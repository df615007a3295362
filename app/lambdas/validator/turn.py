"""A gate that looks for longer than a function may run goes on in further invocations: turns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.lambdas.validator.progress import Progress

# Lambda ends a chain of functions that call each other after about 16 calls; a gate's longest
# deadline needs five turns of fifteen minutes.
MOST_TURNS = 12
_KEY = "Turn"


class Turn(BaseModel):
    """One invocation of a gate; `progress` is None in the first, which CloudFormation asks for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(default=1, ge=1, le=MOST_TURNS)
    started_at: AwareDatetime
    progress: Progress | None = None

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Turn:
        """Read the turn of an event. Raises pydantic's ValidationError when it makes no sense."""
        if _KEY not in event:
            return cls(started_at=datetime.now(UTC))
        return cls.model_validate(event[_KEY])

    def put_into(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return the event that asks for this turn."""
        return {**event, _KEY: self.model_dump(mode="json")}

    def next(self, progress: Progress) -> Turn:
        """Return the turn after this one."""
        return self.model_copy(update={"number": self.number + 1, "progress": progress})

    def seconds_left(self, deadline_seconds: float) -> float:
        """Tell what is left to the gate of its deadline; the first turn's beginning counts."""
        end = self.started_at + timedelta(seconds=deadline_seconds)
        return max(0.0, (end - datetime.now(UTC)).total_seconds())
