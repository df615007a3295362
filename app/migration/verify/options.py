"""What a comparison is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.migration.verify.digest import PAGES_A_CHUNK
from app.migration.verify.encoding import Mode
from app.migration.verify.session import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`schemas` None means all; `tables` empty means all of them.

    `excluded` are columns, as `schema.table.column`, that are left out; those `by_text` are hashed
    by their text in fast mode too. Of the rows that differ at most `most` are looked for in a
    table, and `shown` are shown with their columns. `exported` names a snapshot on each side;
    `still` tells that nobody writes, so that no row is looked at again. For the side that is
    `repaired`, statements are written.
    """

    mode: Mode = Mode.FAST
    workers: int = 1
    schemas: tuple[str, ...] | None = None
    tables: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    by_text: tuple[str, ...] = ()
    most: int = 100_000
    shown: int = 100
    pages_a_chunk: int = PAGES_A_CHUNK
    exported: Mapping[Side, str] | None = None
    still: bool = False
    repaired: Side | None = None
