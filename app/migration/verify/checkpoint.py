"""What a comparison has done, in a file that survives the end of the process, however it ends.

Tables that were found equal are not read again. Of the table that was being read, the sums of the
chunks that were done are kept; rows of these chunks that were written later are found by the age
of their transaction, and their buckets are looked into as if they differed.
"""

from __future__ import annotations

import base64
import json
import os
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from app.errors import InputError
from app.migration.verify.digest import Digest, Sum
from app.migration.verify.encoding import ENCODING
from app.migration.verify.session import Side

if TYPE_CHECKING:
    from app.migration.verify.options import Options
    from app.migration.verify.source import Source

SAVE_EVERY_SECONDS = 2.0
# Far below the number of transactions after which ages turn round.
OLDEST = timedelta(days=7)
_RECORD = struct.Struct(">qqQ")


class ChunkDone(BaseModel):
    """A chunk that was read; `horizon` is the oldest transaction that it may not have seen."""

    side: Side
    leaf: int
    first: int
    end: int | None
    horizon: int


class Partial(BaseModel):
    """The table that was being read: its buckets, chunks as (leaf, first, end), and sums."""

    table: str
    shape: str
    buckets: tuple[str, int]
    chunks: dict[Side, list[tuple[int, int, int | None]]]
    done: list[ChunkDone]
    digests: dict[Side, str] = {}


class State(BaseModel):
    """The whole file."""

    comparison: str
    saved_at: datetime
    finished: dict[str, dict[Side, int]] = {}
    partial: Partial | None = None


class Checkpoint:
    """The file and what stands in it. `comparison` names what is compared and how."""

    def __init__(self, file: Path, *, comparison: str) -> None:
        self._file = file
        self._saved = float("-inf")
        self.state = self._read(comparison)

    def begin(self, partial: Partial) -> None:
        """Start with a table."""
        self.state.partial = partial
        self._save()

    def note(self, done: Sequence[ChunkDone], sums: dict[Side, Digest]) -> None:
        """Take note of chunks whose rows are part of the sums; written every other second."""
        if self.state.partial is None:
            return
        self.state.partial.done.extend(done)
        if time.monotonic() - self._saved >= SAVE_EVERY_SECONDS:
            self.state.partial.digests = {side: pack(one) for side, one in sums.items()}
            self._save()

    def finish(self, table: str, rows: dict[Side, int] | None) -> None:
        """End a table; `rows` when it was found equal."""
        self.state.partial = None
        if rows is not None:
            self.state.finished[table] = rows
        self._save()

    def remove(self) -> None:
        """End the comparison."""
        self._file.unlink(missing_ok=True)

    def _read(self, comparison: str) -> State:
        fresh = State(comparison=comparison, saved_at=datetime.now(UTC))
        try:
            found = State.model_validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return fresh
        except (OSError, ValidationError) as error:
            raise InputError(
                f"{self._file} is not a checkpoint of a comparison",
                remedy="name another file, or remove this one",
            ) from error
        if found.comparison != comparison:
            raise InputError(
                f"{self._file} belongs to another comparison",
                remedy="name another file, or remove this one to begin anew",
            )
        return found if datetime.now(UTC) - found.saved_at < OLDEST else fresh

    def _save(self) -> None:
        self.state.saved_at = datetime.now(UTC)
        partial = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        self._file.parent.mkdir(parents=True, exist_ok=True)
        # Only its owner reads it: names of tables are somebody's business, too.
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self.state.model_dump_json().encode())
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._file)
        self._saved = time.monotonic()


def open_checkpoint(file: Path, sources: Mapping[Side, Source], *, options: Options) -> Checkpoint:
    """Read or begin the file of this comparison. Raises InputError when it is another one's."""
    return Checkpoint(
        file,
        comparison=comparison_name(
            sources={side.value: source.name for side, source in sources.items()},
            encoding=ENCODING,
            mode=options.mode.value,
            schemas=options.schemas,
            tables=options.tables,
            excluded=options.excluded,
            by_text=options.by_text,
        ),
    )


def pack(digest: Digest) -> str:
    """Return a digest as text."""
    return base64.b64encode(b"".join(_RECORD.pack(*one) for one in digest)).decode()


def unpack(text: str) -> Iterator[Sum]:
    """Give the sums of such a text, to be merged into a digest."""
    return _RECORD.iter_unpack(base64.b64decode(text))


def comparison_name(**facts: object) -> str:
    """Return one text for everything that must be the same when a comparison goes on."""
    return json.dumps(facts, sort_keys=True, default=str)
