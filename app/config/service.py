"""Settings of the functions and of how long the steps of a phase may take."""

from __future__ import annotations

from pydantic import Field, model_validator

from app.config.base import Settings, mistake
from app.config.colours import COLOURS


class ProvisionedConcurrency(Settings):
    """Bounds and targets of the autoscaling of each release colour of the payment API."""

    minimum: int = Field(ge=2, le=10)
    maximum: int = Field(ge=2, le=10)
    cpu_target_percent: int = Field(
        default=60, ge=10, le=90, description="Of the CPU that the provisioned capacity has."
    )
    use_target_percent: int = Field(
        default=70, ge=10, le=90, description="Of the provisioned capacity that is running."
    )

    @model_validator(mode="after")
    def _ordered(self) -> ProvisionedConcurrency:
        if self.minimum > self.maximum:
            raise mistake(
                f"minimum {self.minimum} is above maximum {self.maximum}",
                at=("minimum",),
                remedy=f"write a minimum of at most {self.maximum}",
            )
        return self


class ReservedConcurrency(Settings):
    """How many copies of each function may run at once, whatever the rest of the account does."""

    payment_api: int = Field(
        ge=2, le=500, description="Of each colour; both bound the database's connections."
    )
    validator: int = Field(ge=1, le=10)
    handover: int = Field(
        ge=2, le=10, description="One of them is asked every minute how the migration stands."
    )
    secret_rotation: int = Field(ge=1, le=20)
    comparison: int = Field(
        ge=1, le=200, description="Parts of a comparison that are read at once: `--distributed`."
    )

    @property
    def total(self) -> int:
        """What all functions take of the account; the payment API is one function a colour."""
        each: dict[str, int] = self.model_dump()
        return sum(each.values()) + self.payment_api * (len(COLOURS) - 1)


class Service(Settings):
    """The functions."""

    memory_megabytes: int = Field(ge=128, le=10_240)
    hold_seconds: float = Field(
        gt=0, le=20, description="Longest time a request waits for a database that accepts writes."
    )
    provisioned_concurrency: ProvisionedConcurrency
    reserved_concurrency: ReservedConcurrency
    kept_images: int = Field(
        default=30, ge=2, le=1000, description="Newest images kept; a way back needs its image."
    )

    @model_validator(mode="after")
    def _provisioned_copies_fit(self) -> Service:
        reserved = self.reserved_concurrency.payment_api
        wanted = self.provisioned_concurrency.maximum
        if reserved < wanted:
            raise mistake(
                f"{reserved} reserved copies are fewer than a colour may hold provisioned",
                at=("reserved_concurrency", "payment_api"),
                remedy=f"write at least {wanted}, the provisioned maximum",
            )
        return self


class PhaseTimes(Settings):
    """How long the steps of a phase may take."""

    validation_deadline_seconds: int = Field(
        ge=5, le=3_300, description="A gate looks for so long, in as many invocations as it needs."
    )
    handover_deadline_seconds: int = Field(
        ge=5, le=720, description="Preflight, pause, and turning the replication round."
    )
    dns_margin_seconds: int = Field(
        ge=0, le=60, description="Added to the TTL before the writer moves."
    )
    bake: bool = Field(default=True, description="Whether phases hold for their bake_minutes.")
