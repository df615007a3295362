"""Counts of compared reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """Reads that were `compared` to an end, those of them that are `differing`, and `skipped` ones.

    Skipped are those that no answer can be given for: too many waited, a database was away, or
    the writer moved meanwhile.
    """

    compared: int = 0
    differing: int = 0
    skipped: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.compared + other.compared,
            self.differing + other.differing,
            self.skipped + other.skipped,
        )
