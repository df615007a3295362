"""Settings of the validator."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from app.lambdas.engine_settings import EngineSettings

Names = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9/_+=.@-]+(,[A-Za-z0-9/_+=.@-]+)*$")]


class ValidatorSettings(EngineSettings):
    """What the validator asks beyond the databases: all logins' ages, and the budget.

    And for how long it believes what `payshift verify` said.
    """

    watched_secrets: Names | None = Field(default=None, description="Names with commas between.")
    budget: str | None = Field(default=None, pattern=r"^arn:aws:budgets::[0-9]{12}:budget/.+$")
    verification_hours: float = Field(default=48, gt=0, le=168)
