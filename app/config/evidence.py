"""Settings of the evidence: for how long nobody can delete it."""

from __future__ import annotations

from pydantic import Field

from app.config.base import Settings


class EvidenceSettings(Settings):
    """The lock on records and bundles."""

    lock_days: int = Field(
        ge=1, le=3_650, description="Until then no version can be deleted or replaced."
    )
