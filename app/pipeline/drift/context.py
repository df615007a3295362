"""What the probes of drift may look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.config.environment import Environment
from app.config.loading import PhaseSet
from app.config.names import Names
from app.config.phases import Phase
from app.errors import WorldError
from app.pipeline.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftContext:
    """The target, what Git wants of it, and clients of AWS that only read."""

    environment: Environment
    phases: PhaseSet
    world: World
    client: Callable[[str], Any]
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def names(self) -> Names:
        """The shared names."""
        return Names.of(self.environment)

    @property
    def phase(self) -> Phase:
        """The phase in force. WorldError when there is none, or no file of it."""
        if self.world.phase not in self.phases.names:
            message = f"production is {self.world}, of which {self.phases.directory} knows nothing"
            raise WorldError(message, remedy="deliver a phase first: payshift deliver")
        return self.phases.numbered(self.world.number)
