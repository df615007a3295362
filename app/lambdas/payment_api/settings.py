"""Settings of the payment API."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from app.lambdas.settings import FunctionSettings, SecretName


class PaymentApiSettings(FunctionSettings):
    """Where this copy of the API runs, which databases it may write to, how long it may hold."""

    site: Literal["legacy", "aws"]
    legacy_secret: SecretName
    aws_secret: SecretName | None = None
    features_parameter: str | None = Field(default=None, pattern=r"^/[A-Za-z0-9_./-]+$")
    # Longer than any pause that a handover may take, shorter than the load balancer's patience.
    hold_seconds: float = Field(default=5.0, ge=0, le=25)

    @model_validator(mode="after")
    def _site_has_what_it_needs(self) -> Self:
        if self.site == "aws" and self.aws_secret is None:
            msg = "PAYSHIFT_SITE=aws needs PAYSHIFT_AWS_SECRET"
            raise ValueError(msg)
        if self.site == "aws" and self.features_parameter is None:
            msg = "PAYSHIFT_SITE=aws needs PAYSHIFT_FEATURES_PARAMETER"
            raise ValueError(msg)
        if self.site == "legacy" and self.aws_secret is not None:
            msg = "PAYSHIFT_SITE=legacy knows only its own database: unset PAYSHIFT_AWS_SECRET"
            raise ValueError(msg)
        return self
