"""Settings of the gates that belong to a target, not to a phase."""

from __future__ import annotations

from pydantic import Field, model_validator

from app.config.base import Settings, mistake
from app.config.phases import Gate
from app.config.wording import closest

CHECKS = tuple(name for name in Gate.model_fields if name != "consecutive_successes")


class GateSettings(Settings):
    """How patiently gates look, and which of their checks this target cannot answer."""

    look_seconds: float = Field(
        default=15,
        ge=1,
        le=300,
        description="Pause before a gate is looked at again.",
    )
    verification_hours: int = Field(
        default=48,
        ge=1,
        le=168,
        description="How long a verdict of `payshift verify` counts where tables are too large.",
    )
    left_out: tuple[str, ...] = Field(
        default=(), description="Checks of the phases that this target has no figures for."
    )

    @model_validator(mode="after")
    def _checks_that_exist(self) -> GateSettings:
        for index, name in enumerate(self.left_out):
            if name not in CHECKS:
                meant = closest(name, CHECKS)
                raise mistake(
                    f"there is no check {name}",
                    at=("left_out", index),
                    remedy=f"did you mean {meant}?" if meant else f"known: {', '.join(CHECKS)}",
                )
        return self
