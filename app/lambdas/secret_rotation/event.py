"""What Secrets Manager sends: one step of the rotation of one secret."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_pascal

from app.errors import InputError


class Step(StrEnum):
    """The steps, in their order."""

    CREATE = "createSecret"
    SET = "setSecret"
    TEST = "testSecret"
    FINISH = "finishSecret"


class RotationEvent(BaseModel):
    """One call; the token is the id of the version that is being made."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_pascal)

    step: Step
    secret_id: str = Field(min_length=1, max_length=2048)
    client_request_token: str = Field(pattern=r"^[A-Za-z0-9-]{32,64}$")

    @classmethod
    def parse(cls, event: Mapping[str, Any]) -> Self:
        """Read an event, or raise an InputError that names every member that is wrong."""
        try:
            return cls.model_validate(dict(event))
        except ValidationError as error:
            mistakes = "; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors())
            raise InputError(
                f"This is no event of a rotation: {mistakes}",
                remedy="Start rotations with Secrets Manager's RotateSecret, not by hand.",
            ) from None
