"""The target of a command: its environment, its names, and where work for it is kept."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from app.config.environment import Environment
from app.config.loading import load_environment
from app.config.names import Names
from app.pipeline.process_environment import use_environment


@dataclass(frozen=True, slots=True)
class Target:
    """One environment, with the directory `build` for everything that may be deleted."""

    environment: Environment
    build: Path

    @classmethod
    def named(cls, name: str, *, build: Path | None = None) -> Target:
        """Load an environment, and take over how it is reached when it is on this machine."""
        environment = load_environment(name)
        place = build or build_directory()
        use_environment(name, build=place)
        return cls(environment, place)

    @property
    def names(self) -> Names:
        """Its shared names."""
        return Names.of(self.environment)

    @property
    def work(self) -> Path:
        """Where Terraform works: one directory a workspace, kept from run to run."""
        return self.build / "workspaces" / self.environment.name


def build_directory() -> Path:
    """Return `build` of the working directory, or what PAYSHIFT_BUILD names."""
    return Path(os.environ.get("PAYSHIFT_BUILD") or "build")
