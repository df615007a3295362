"""Everything that a rehearsal recorded, read back into memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from app.local.rehearsal.marks import Step, read_steps
from app.local.rehearsal.records import Acknowledgement, Draw, Request, read
from app.local.rehearsal.samples import CloudSample, DatabaseSample, MemorySample, read_samples

REQUESTS = "requests.jsonl"
ACKNOWLEDGEMENTS = "acknowledgements.jsonl"
DRAWS = "draws.jsonl"
OBSERVATION = "observation.jsonl"
MARKS = "marks.jsonl"


@dataclass(frozen=True)
class Recording:
    """Requests in the order of their schedule; samples in the order of time."""

    requests: tuple[Request, ...]
    acknowledgements: tuple[Acknowledgement, ...]
    draws: tuple[Draw, ...]
    cloud: tuple[CloudSample, ...]
    database: tuple[DatabaseSample, ...]
    memory: tuple[MemorySample, ...]
    steps: tuple[Step, ...]

    @classmethod
    def load(cls, directory: Path) -> Recording:
        """Read a directory of recordings; what was not recorded is empty."""
        samples = list(read_samples(directory / OBSERVATION))
        return cls(
            requests=tuple(sorted(read(directory / REQUESTS, Request))),
            acknowledgements=tuple(read(directory / ACKNOWLEDGEMENTS, Acknowledgement)),
            draws=tuple(read(directory / DRAWS, Draw)),
            cloud=tuple(one for one in samples if isinstance(one, CloudSample)),
            database=tuple(one for one in samples if isinstance(one, DatabaseSample)),
            memory=tuple(one for one in samples if isinstance(one, MemorySample)),
            steps=tuple(read_steps(directory / MARKS)),
        )

    @cached_property
    def drawn_at(self) -> dict[tuple[int, int], float]:
        """When each client drew each of its DNS answers."""
        return {(draw.client, draw.serial): draw.at for draw in self.draws}

    @property
    def ttl(self) -> float:
        """The TTL that clients were told; 0 when none asked."""
        return max((draw.ttl for draw in self.draws), default=0.0)

    @property
    def ended(self) -> float:
        """When the last answer came."""
        return max((request.ended for request in self.requests), default=0.0)
