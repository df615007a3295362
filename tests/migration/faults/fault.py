"""What a fault is, and the scene in which it strikes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from app.migration.sites import Site
from tests.migration.faults.workers import Record, Worker
from tests.migration.faults.world import World

# What the engine waits for once the fault has struck: enough for this machine, and no more.
SHORT: Mapping[str, float] = {
    "app.migration.preflight.PATIENCE_SECONDS": 1.0,
    "app.migration.preflight.PROBE_SECONDS": 1.0,
    "app.migration.pause.FENCE_SECONDS": 0.3,
    "app.migration.pause.DRAIN_SECONDS": 1.0,
    "app.migration.pause.ANSWER_SECONDS": 1.0,
    "app.migration.replication.logical.TURN_SECONDS": 2.0,
    "app.migration.handover.RECOVERY_SECONDS": 2.0,
}


@dataclass(slots=True, kw_only=True)
class Scene:
    """One handover from `source` to `target` that is held at `step`.

    `acknowledged` takes payments that a fault makes itself; `stack` is unwound after the cell.
    """

    world: World
    worker: Worker
    source: Site
    step: str
    run_id: str
    stack: ExitStack
    acknowledged: dict[UUID, int] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> Site:
        """The site that shall write."""
        return self.source.other


class Fault:
    """The parts of a cell that differ; each is called once, in the order in which they stand."""

    name: ClassVar[str]
    # Steps at which it would say nothing, and why.
    senseless: ClassVar[Mapping[str, str]] = {}
    # True when clients see more of it than a longer answer.
    reaches_clients: ClassVar[bool] = False

    def job(self, scene: Scene) -> dict[str, Any]:  # noqa: ARG002 - others need it
        """Return fields of the job that differ; called before the handover starts."""
        return {"limits": dict(SHORT)}

    def strike(self, scene: Scene) -> None:
        """Do the harm while the handover is held."""

    def proceed(self, scene: Scene) -> Record:
        """Let the handover go on into it, and return how it ended by itself."""
        scene.worker.go()
        return scene.worker.outcome()

    def heal(self, scene: Scene) -> None:
        """Undo the harm, as an operator or the world would; moves no writer."""
