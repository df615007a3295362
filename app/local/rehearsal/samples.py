"""What the observer sees, as lines of `observation.jsonl`: the world as it is, not as wanted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

SiteName = Literal["legacy", "aws"]


class _Sample(BaseModel):
    model_config = ConfigDict(frozen=True)

    at: float


class CloudSample(_Sample):
    """Route 53's weights and the feature parameter; None while they do not exist."""

    kind: Literal["cloud"] = "cloud"
    aws_percent: float | None = None
    ttl: float | None = None
    phase: str | None = None


class DatabaseSample(_Sample):
    """Who accepts writes according to each database, and how far replication is behind."""

    kind: Literal["database"] = "database"
    accepting: dict[SiteName, bool] = {}
    epoch: int | None = None
    lag_seconds: float | None = None
    lag_bytes: int | None = None

    @property
    def writer(self) -> SiteName | None:
        """The one site that accepts writes; None during a handover."""
        sites: list[SiteName] = [site for site, accepting in self.accepting.items() if accepting]
        return sites[0] if len(sites) == 1 else None


class MemorySample(_Sample):
    """Memory of all processes that take part; on Linux shared pages count once (PSS)."""

    kind: Literal["memory"] = "memory"
    bytes: int
    processes: int


Sample = Annotated[CloudSample | DatabaseSample | MemorySample, Field(discriminator="kind")]
_SAMPLE: TypeAdapter[CloudSample | DatabaseSample | MemorySample] = TypeAdapter(Sample)


class SampleFile:
    """Appends samples from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._file = path.open("a", buffering=1)

    def write(self, sample: CloudSample | DatabaseSample | MemorySample) -> None:
        """Append one line."""
        with self._lock:
            if not self._file.closed:
                self._file.write(sample.model_dump_json() + "\n")

    def close(self) -> None:
        """Write no more."""
        with self._lock:
            self._file.close()


def read_samples(path: Path) -> Iterator[CloudSample | DatabaseSample | MemorySample]:
    """Yield the samples of a file in the order of writing."""
    if path.exists():
        with path.open() as file:
            yield from (_SAMPLE.validate_json(line) for line in file if line.endswith("\n"))
