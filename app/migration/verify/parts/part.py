"""A part of a table that somebody else reads: what to read, and what came of it. No credentials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.errors import InputError
from app.migration.verify.buckets import HASHES, RANDOM, RANGES, Buckets, restored_buckets
from app.migration.verify.catalogue import Leaf
from app.migration.verify.digest import Chunk
from app.migration.verify.encoding import ENCODING, FAST, ComparedColumn, Hasher, Mode
from app.migration.verify.pairing import TablePlan
from app.migration.verify.session import Side

ComparisonName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,79}$")]
_Snapshot = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f-]{1,64}$")]
_BucketKind = Annotated[str, StringConstraints(pattern=f"^({RANGES}|{HASHES}|{RANDOM})$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PartColumn(_Model):
    """A compared column; `hasher` names one of the engine's own, so that an item holds no SQL."""

    name: str
    hasher: str
    nullable: bool
    builtin: bool

    @classmethod
    def of(cls, column: ComparedColumn) -> PartColumn:
        """Describe a column."""
        return cls(
            name=column.name,
            hasher=_name(column.hasher),
            nullable=column.nullable,
            builtin=column.builtin,
        )

    def restored(self) -> ComparedColumn:
        """Return the column. Raises InputError when this version knows no such hasher."""
        if self.hasher not in FAST:
            raise InputError(
                f"column {self.name} is to be hashed as {self.hasher}, which is not known here",
                remedy="compare with the version that the functions have",
            )
        return ComparedColumn(
            name=self.name,
            hasher=FAST[self.hasher],
            nullable=self.nullable,
            builtin=self.builtin,
        )


class PageRange(_Model):
    """Pages of 8 KiB of a leaf, `first` to before `end`; without an `end`, all that follows."""

    leaf: Leaf
    first: int = Field(ge=0)
    end: int | None
    pages: int = Field(ge=0)

    def chunks(self, pages: int) -> Iterator[Chunk]:
        """Divide the range; every page is in exactly one chunk."""
        starts = list(range(self.first, self.first + max(self.pages, 1), pages))
        last = self.first + self.pages
        for start, end in zip(starts, [*starts[1:], self.end], strict=True):
            yield Chunk(self.leaf, start, end, min(pages, max(0, last - start)))


def page_ranges(chunks: Iterable[Chunk]) -> tuple[PageRange, ...]:
    """Return chunks with neighbours joined."""
    found: list[PageRange] = []
    for one in chunks:
        last = found[-1] if found else None
        if last is not None and last.leaf == one.leaf and last.end == one.first:
            joined = {"end": one.end, "pages": last.pages + one.pages}
            found[-1] = last.model_copy(update=joined)
        else:
            found.append(PageRange(leaf=one.leaf, first=one.first, end=one.end, pages=one.pages))
    return tuple(found)


class Part(_Model):
    """Ranges of both sides of a table, and how their rows are hashed into which buckets.

    A function that hashes by another `encoding` refuses it.
    `snapshots` are held by the process that wants to know; `bytes_a_second` limits the reading of
    this part on each side.
    """

    comparison: ComparisonName
    number: int = Field(ge=0)
    table: str
    encoding: int = Field(ge=ENCODING, le=ENCODING)
    mode: Mode
    key: tuple[PartColumn, ...] = Field(min_length=1)
    others: tuple[PartColumn, ...]
    buckets: tuple[_BucketKind, int]
    snapshots: dict[Side, _Snapshot]
    ranges: dict[Side, tuple[PageRange, ...]]
    pages_a_chunk: int = Field(ge=1)
    bytes_a_second: float | None = Field(default=None, gt=0)

    def plan(self) -> TablePlan:
        """Return the plan, as far as reading needs it."""
        return TablePlan(
            name=self.table,
            tables={},
            key=tuple(column.restored() for column in self.key),
            others=tuple(column.restored() for column in self.others),
            mode=self.mode,
        )

    def restored_buckets(self) -> Buckets:
        """Return the buckets, the same for every part of a table."""
        kind, size = self.buckets
        key = [column.restored() for column in self.key]
        return restored_buckets(key, kind=kind, size=size, mode=self.mode)

    def chunks(self) -> dict[Side, list[Chunk]]:
        """Return what to read on each side."""
        return {
            side: [chunk for one in self.ranges[side] for chunk in one.chunks(self.pages_a_chunk)]
            for side in Side
        }


class PartSums(_Model):
    """What a part holds: of each side the counts and hashes by bucket, packed as text."""

    comparison: ComparisonName
    number: int = Field(ge=0)
    digests: dict[Side, str]


def _name(hasher: Hasher) -> str:
    return next(name for name, one in FAST.items() if one == hasher)
