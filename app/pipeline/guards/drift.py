"""No advance while somebody has changed by hand what the phase in force stands on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.config.environment import Environment
from app.config.loading import PhaseSet
from app.pipeline.aws import translated
from app.pipeline.drift.context import DriftContext
from app.pipeline.drift.probes import task_definitions, tasks, weights
from app.pipeline.guards.base import Hold
from app.pipeline.moves import Move
from app.pipeline.probing.base import Outcome
from app.pipeline.world import World

# Those of the drift's questions that AWS answers within a second, and whose answer a step up
# builds upon: who gets the traffic, and whether both databases are the same.
ASKED = (weights.PROBE, tasks.PROBE, task_definitions.PROBE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Compares weights and replication tasks as AWS has them with what the phase left wants.

    `client` returns a client of an AWS service by its name.
    """

    environment: Environment
    phases: PhaseSet
    client: Callable[[str], Any]

    def __call__(self, move: Move, /) -> tuple[Hold, ...]:
        """Hold for each difference. WorldError when AWS does not answer: nobody knows then.

        What does not exist yet cannot have been changed: no zone, no task, no phase in force.
        """
        world = World(number=move.from_number)
        if world.phase is None:
            return ()
        if world.phase not in self.phases.names:
            why = f"no file says what {world.phase} wants, so nobody can tell what was changed"
            return (Hold(why, f"restore {self.phases.directory / world.phase}.yaml"),)
        context = DriftContext(
            environment=self.environment, phases=self.phases, world=world, client=self.client
        )
        with translated(f"comparing production with {world.phase}"):
            lines = [line for probe in ASKED for line in probe.look(context)]
        return tuple(
            Hold(f"{line.subject}: {line.message}", line.remedy)
            for line in lines
            if line.outcome is Outcome.FAILED
        )
