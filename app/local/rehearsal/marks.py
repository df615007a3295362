"""The story's time line: what happened when, as lines of `marks.jsonl`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Step(BaseModel):
    """One move of the story, from the push that asked for it to the end of its delivery."""

    model_config = ConfigDict(frozen=True)

    kind: str
    """`start`, `merge` or `revert`."""
    from_phase: str
    phase: str
    subject: str
    commit: str
    pushed: float
    started: float
    ended: float = 0.0
    settled: float = 0.0
    """When the next move could begin; 0 while the step runs."""

    @property
    def apply_seconds(self) -> float:
        """Seconds from the start of the delivery to its end."""
        return round(self.ended - self.started, 3)

    @property
    def label(self) -> str:
        """A few characters for a plot, such as `merge 10`."""
        return f"{self.kind} {self.phase.removeprefix('phase-')}"


class Marks:
    """Collects steps, writes each change down at once, and tells whoever listens."""

    def __init__(self, *, file: Path, tell: Callable[[str], None]) -> None:
        self._file = file
        self._tell = tell
        self.steps: list[Step] = []
        self.activity = "starting"

    def now(self, activity: str) -> None:
        """Say what is going on."""
        self.activity = activity
        self._tell(activity)

    def begin(self, step: Step) -> None:
        """Note that a step has begun."""
        self.steps.append(step)
        self._write(step)

    def change(self, **times: float) -> Step:
        """Note further times of the newest step and return it."""
        self.steps[-1] = self.steps[-1].model_copy(update=times)
        self._write(self.steps[-1])
        return self.steps[-1]

    def _write(self, step: Step) -> None:
        with self._file.open("a") as file:
            file.write(step.model_dump_json() + "\n")


def read_steps(path: Path) -> Iterator[Step]:
    """Yield each step once, in its newest state."""
    newest: dict[str, Step] = {}
    if path.exists():
        for line in path.read_text().splitlines():
            step = Step.model_validate_json(line)
            newest[step.commit] = step
    yield from newest.values()
