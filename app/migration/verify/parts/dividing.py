"""Divides what is to be read of a table into parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from app.migration.verify.digest import Chunk
from app.migration.verify.session import Side

# 16 GiB: a minute or two, far below the quarter of an hour that a function has even on a slow
# disk; and few enough answers of up to 6 MB to be added up quickly.
MOST_PAGES = 2_097_152
# The slowest part holds up the end by a quarter of one worker's time at most.
PARTS_A_WORKER = 4
# A work item may have 256 KiB; a partition's range takes about 150 bytes of it.
MOST_CHUNKS = 500

Chunks = Mapping[Side, Sequence[Chunk]]


def divided(chunks: Chunks, *, workers: int) -> list[Chunks]:
    """Return parts of about the same size, in the order of the disk; every chunk is in one."""
    pages = max(sum(chunk.pages for chunk in found) for found in chunks.values())
    most = min(MOST_PAGES, max(1, pages // (workers * PARTS_A_WORKER)))
    groups = {side: list(_groups(chunks[side], most)) for side in Side}
    return [
        {Side.LEFT: left or [], Side.RIGHT: right or []}
        for left, right in zip_longest(groups[Side.LEFT], groups[Side.RIGHT])
    ]


def _groups(chunks: Sequence[Chunk], most: int) -> Iterator[list[Chunk]]:
    group: list[Chunk] = []
    for chunk in chunks:
        if group and (sum(one.pages for one in group) + chunk.pages > most
                      or len(group) >= MOST_CHUNKS):  # fmt: skip
            yield group
            group = []
        group.append(chunk)
    if group:
        yield group
