"""Settings of the functions and of how long the steps of a phase may take."""

from __future__ import annotations

from pydantic import Field, model_validator

from app.config.base import Settings, mistake


class ProvisionedConcurrency(Settings):
    """Bounds of the autoscaling of the payment API."""

    minimum: int = Field(ge=2, le=10)
    maximum: int = Field(ge=2, le=10)

    @model_validator(mode="after")
    def _ordered(self) -> ProvisionedConcurrency:
        if self.minimum > self.maximum:
            raise mistake(
                f"minimum {self.minimum} is above maximum {self.maximum}",
                at=("minimum",),
                remedy=f"write a minimum of at most {self.maximum}",
            )
        return self


class Service(Settings):
    """The functions."""

    memory_megabytes: int = Field(ge=128, le=10_240)
    hold_seconds: float = Field(
        gt=0, le=20, description="Longest time a request waits for a database that accepts writes."
    )
    provisioned_concurrency: ProvisionedConcurrency


class PhaseTimes(Settings):
    """How long the steps of a phase may take."""

    validation_deadline_seconds: int = Field(ge=5, le=840)
    handover_deadline_seconds: int = Field(ge=5, le=300)
    dns_margin_seconds: int = Field(
        ge=0, le=60, description="Added to the TTL before the writer moves."
    )
    bake: bool = Field(default=True, description="Whether phases hold for their bake_minutes.")
