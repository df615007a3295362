"""What a phase workspace asks of the validator."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, Json, StrictBool, StrictFloat, StrictInt

from app.lambdas.custom_resource import RunProperties

# A gate's limit: a number, or `true` for a check that has none.
Limit = StrictBool | StrictInt | StrictFloat


class ValidationProperties(RunProperties):
    """Properties of Custom::MigrationValidation; `limits` is a gate of the phase file as JSON."""

    phase_name: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    stage: Literal["before", "after"]
    limits: Json[dict[str, Limit]]
