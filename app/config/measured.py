"""What rehearsals measured, kept in the repository: one line of JSON a rehearsal."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError

from app.config.base import Settings
from app.errors import InputError

REHEARSALS = Path("docs/measured/rehearsals.jsonl")


class MeasuredMove(Settings):
    """A merge or a revert: the phase it led to, and how long its delivery ran."""

    phase: str
    kind: str
    seconds: float = Field(ge=0)


class MeasuredRollback(Settings):
    """A revert, from its push to the first moment after which the old phase was gone."""

    left: str
    reached: str
    seconds: float = Field(ge=0)


class MeasuredRehearsal(Settings):
    """One rehearsal that passed. Times in seconds, pauses in milliseconds, in order."""

    date: str
    machine: str
    rows: int = Field(ge=0)
    requests: int = Field(ge=0)
    failed_requests: int = Field(ge=0)
    payments: int = Field(ge=0)
    lost: int = Field(ge=0)
    duplicated: int = Field(ge=0)
    pauses_ms: tuple[float, ...]
    rollbacks: tuple[MeasuredRollback, ...]
    moves: tuple[MeasuredMove, ...]
    p95_ms: float | None = None
    total_seconds: float = Field(ge=0)

    def slowest_delivery(self, phase: str) -> float | None:
        """Return the longest delivery of a merge that led to a phase; None when there was none."""
        merges = (one for one in self.moves if (one.phase, one.kind) == (phase, "merge"))
        return max((one.seconds for one in merges), default=None)

    def rollback(self, *, left: str, reached: str) -> float | None:
        """Return how long going back took between two phases; None when it was not done."""
        for one in self.rollbacks:
            if (one.left, one.reached) == (left, reached):
                return one.seconds
        return None


def read_rehearsals(path: Path = REHEARSALS) -> tuple[MeasuredRehearsal, ...]:
    """Return what was recorded, oldest first; nothing when nothing was. InputError names a line."""
    if not path.is_file():
        return ()
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            found.append(MeasuredRehearsal.model_validate_json(line))
        except ValidationError as error:
            raise InputError(
                f"{path}:{number}: not the record of a rehearsal: {error.errors()[0]['msg']}",
                remedy="remove the line; payshift rehearse --record writes new ones",
            ) from error
    return tuple(found)


def record_rehearsal(one: MeasuredRehearsal, *, path: Path = REHEARSALS) -> None:
    """Append a rehearsal."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(one.model_dump_json() + "\n")
