"""What a worker process is told to do."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_serializer

from app.migration.connection import DatabaseSettings
from app.migration.sites import Site


class Login(DatabaseSettings):
    """Settings that show their password when they are written down: for a pipe, never for a log."""

    @field_serializer("password")
    def _shown(self, password: SecretStr) -> str:
        return password.get_secret_value()


class Job(BaseModel):
    """One handover. With a `callback_port` it is CloudFormation that asks for it.

    `limits` hold from the step on, `early_limits` from the start.
    """

    model_config = ConfigDict(frozen=True)

    databases: dict[str, Login]
    to: Site
    run_id: str
    hold_at: str
    deadline_seconds: float = 30
    limits: dict[str, float] = Field(default_factory=dict)
    early_limits: dict[str, float] = Field(default_factory=dict)
    expires: bool = False
    callback_port: int = 0
    lambda_seconds: float = 0
