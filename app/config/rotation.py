"""Settings of the rotation of database logins."""

from __future__ import annotations

from pydantic import Field

from app.config.base import Settings


class Rotation(Settings):
    """How often every login gets a new password."""

    days: int = Field(ge=1, le=30)
