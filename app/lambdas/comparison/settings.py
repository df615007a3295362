"""Settings of the function that reads parts of a comparison."""

from __future__ import annotations

from pydantic import Field

from app.lambdas.engine_settings import EngineSettings


class ComparisonSettings(EngineSettings):
    """The engine's, but there must be a bucket: what was read has to be put somewhere."""

    evidence_bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
