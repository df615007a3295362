"""How far a comparison is, for whoever waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.migration.verify.digest import Chunk, Digest
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


class TableWatch:
    """Passes what happens to one table on to an observer."""

    def __init__(self, table: str, *, observer: Observer) -> None:
        self._table = table
        self._observer = observer

    def before(self, side: Side) -> None:
        """Return when the observer does."""
        self._observer.before(side)

    def after(self, side: Side, chunk: Chunk, _found: Digest) -> None:
        """Pass on the pages."""
        self._observer.read(self._table, side, chunk.pages)
