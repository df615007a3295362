"""The parts of a proof that two databases are the same."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """What is compared; in this order, the quickest first."""

    SCHEMAS = "schemas"
    MONEY = "money"
    ROWS = "rows"
