"""Settings of the delivery: which repository may change the target, and from where."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.config.base import Settings

Repository = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$",
        examples=["example/payshift"],
    ),
]
ProtectedEnvironment = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$", examples=["production"])
]


class Delivery(Settings):
    """The repository on GitHub, its environment whose protection rules ask a person, and pace."""

    repository: Repository
    protected_environment: ProtectedEnvironment
    review_required: bool = Field(
        description="Refuse a step up whose plan no pull request has shown."
    )
    bake_minute_seconds: int = Field(
        ge=0, le=60, description="How long a minute of a phase's bake time lasts; 0 skips it."
    )
    drift_known_hours: int = Field(
        ge=0,
        le=72,
        description="How old the last look for drift may be for a step up; 0 does not ask for it.",
    )
