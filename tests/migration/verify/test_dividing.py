"""How a table is divided into parts, and what a part says of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from app.errors import InputError
from app.migration.verify.catalogue import Leaf, Table
from app.migration.verify.digest import Chunk, chunks
from app.migration.verify.parts.dividing import MOST_PAGES, divided
from app.migration.verify.parts.part import PartColumn, page_ranges
from app.migration.verify.session import Side


def leaf(oid: int, pages: int) -> Leaf:
    return Leaf(oid=oid, schema_name="s", name=f"t{oid}", filenode=oid, pages=pages)


def read(chunks: Iterable[Chunk]) -> list[tuple[int, int, int | None]]:
    return [(chunk.leaf.oid, chunk.first, chunk.end) for chunk in chunks]


def test_parts_hold_every_page_of_either_side_once() -> None:
    table = Table(schema="s", name="t", columns=(), key=(), rows=-1, problem="",
                  leaves=(leaf(1, 1000), leaf(2, 0), leaf(3, 37)))  # fmt: skip
    smaller = replace(table, leaves=(leaf(4, 110),))
    sides = {Side.LEFT: chunks(table, pages=10), Side.RIGHT: chunks(smaller, pages=10)}
    parts = divided(sides, workers=2)
    # fact: eight parts would be a quarter of a worker's time each; what does not fit makes more
    assert len(parts) == 9
    for side, all_of_it in sides.items():
        assert read(one for part in parts for one in part[side]) == read(all_of_it)
        # fact: work items join neighbours, and whoever reads them takes them apart again
        again = [one for part in parts for joined in page_ranges(part[side])
                 for one in joined.chunks(10)]  # fmt: skip
        assert again == list(all_of_it)


def test_no_part_is_larger_than_a_function_reads_in_minutes() -> None:
    table = Table(schema="s", name="t", columns=(), key=(), rows=-1, problem="",
                  leaves=(leaf(1, 640_000_000),))  # fmt: skip
    parts = divided(dict.fromkeys(Side, chunks(table)), workers=1)
    sizes = [sum(chunk.pages for chunk in part[Side.LEFT]) for part in parts]
    assert (max(sizes), len(parts)) == (MOST_PAGES, 306)
    many = replace(table, leaves=tuple(leaf(number, 0) for number in range(1200)))
    parts = divided(dict.fromkeys(Side, chunks(many)), workers=1)
    assert [len(part[Side.LEFT]) for part in parts] == [500, 500, 200]


def test_a_table_of_fewer_pages_than_parts_is_divided_by_pages() -> None:
    table = Table(schema="s", name="t", columns=(), key=(), rows=-1, problem="",
                  leaves=tuple(leaf(oid, oid and 1) for oid in range(3)))  # fmt: skip
    parts = divided(dict.fromkeys(Side, chunks(table)), workers=2)
    assert [[chunk.leaf.oid for chunk in part[Side.LEFT]] for part in parts] == [[0, 1], [2]]


def test_a_work_item_names_hashes_and_holds_no_statement() -> None:
    column = {"name": "v", "hasher": "text) FROM pg_authid --", "nullable": True, "builtin": True}
    with pytest.raises(InputError, match="which is not known here"):
        PartColumn.model_validate(column).restored()
