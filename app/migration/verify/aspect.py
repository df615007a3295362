"""The aspects of a proof that two databases are the same."""

from __future__ import annotations

from enum import StrEnum


class Aspect(StrEnum):
    """What is compared; in this order, the quickest first."""

    SCHEMAS = "schemas"
    MONEY = "money"
    ROWS = "rows"
