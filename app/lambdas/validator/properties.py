"""What a phase workspace asks of the validator."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, Json, StrictBool, StrictFloat, StrictInt

from app.lambdas.custom_resource import RunProperties

# A rollback is told what there was time to ask, and is let go on after these seconds even if
# something is being asked that cannot be cut.
GOING_DOWN_SECONDS = 10.0
HELD_SECONDS = 15.0

# A gate's limit: a number, or `true` for a check that has none.
Limit = StrictBool | StrictInt | StrictFloat


class ValidationProperties(RunProperties):
    """Properties of Custom::MigrationValidation; `limits` is a gate of the phase file as JSON."""

    phase_name: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    stage: Literal["before", "after"]
    limits: Json[dict[str, Limit]]
    consecutive_successes: int = Field(default=1, ge=1, le=10)
    look_seconds: float = Field(default=1, gt=0, le=300)

    @property
    def reports_within_seconds(self) -> float | None:
        """A rollback is not held up: going down the gate only reports."""
        return HELD_SECONDS if self.going_down else None

    @property
    def record_name(self) -> str:
        """Name of the gate's evidence, below its run."""
        return f"validation-{self.phase}-{self.stage}"
