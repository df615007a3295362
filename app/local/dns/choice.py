"""How Route 53 chooses among weighted records."""

from __future__ import annotations

import random
from collections.abc import Sequence

from app.local.dns.records import Record


def choose(records: Sequence[Record], *, chance: float | None = None) -> Record:
    """Choose one of several record sets of one name and type, in proportion to the weights.

    When every weight is zero all are equally likely, as Route 53 documents it. `chance` in
    [0, 1) replaces the dice.
    """
    roll = random.random() if chance is None else chance  # noqa: S311 - no secret
    weights = [record.weight or 0 for record in records]
    if not any(weights):
        return records[int(roll * len(records))]
    point = roll * sum(weights)
    for record, weight in zip(records, weights, strict=True):
        point -= weight
        if point < 0:
            return record
    return records[-1]
