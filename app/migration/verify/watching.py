"""How far a comparison is, for whoever waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.migration.verify.session import Side


class Observer(Protocol):
    """Told how much there is, and what has been read; may hold a reader back before a chunk."""

    def begin(self, pages: Mapping[Side, int]) -> None:
        """Take the pages of all tables."""
        ...

    def before(self, side: Side) -> None:
        """Return when the next chunk of a side may be read."""
        ...

    def read(self, table: str, side: Side, pages: int) -> None:
        """Take note of pages of a table that have been read."""
        ...


class Silent:
    """Neither tells nor holds back anything."""

    def begin(self, pages: Mapping[Side, int]) -> None:
        """Do nothing."""

    def before(self, side: Side) -> None:
        """Return at once."""

    def read(self, table: str, side: Side, pages: int) -> None:
        """Do nothing."""
