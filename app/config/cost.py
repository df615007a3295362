"""Settings of the price of a target: what it may cost, and what it will be used for."""

from __future__ import annotations

from pydantic import Field

from app.config.base import Settings


class Cost(Settings):
    """The budget; above it, `payshift cost` answers no and AWS Budgets tells the owner."""

    monthly_limit_usd: int = Field(ge=1)
