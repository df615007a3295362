"""The model of `policies/exceptions.yaml`: findings that were accepted for a reason and a time."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from app.config.base import Settings

CheckId = Annotated[
    str, Field(pattern=r"^CKV2?_[A-Z]+_[0-9]+$", examples=["CKV_AWS_272", "CKV_PAYSHIFT_4"])
]
Resources = Annotated[
    str, Field(pattern=r"^aws_[a-z0-9_]+\.[a-z0-9_*]+$", examples=["aws_lambda_function.*"])
]


class PolicyException(Settings):
    """One check that is not met by resources of one type, and why that is right."""

    check: CheckId
    resource: Resources = Field(description="Type and name; `*` stands for a part of the name.")
    covers: int = Field(
        ge=1, description="How many resources: one more that breaks the check is a new finding."
    )
    reason: str = Field(min_length=20)
    expires: date


class PolicyExceptions(Settings):
    """The whole list, short on purpose."""

    exceptions: tuple[PolicyException, ...] = Field(max_length=8)
