"""The replication that an environment has chosen."""

from __future__ import annotations

from app.config.environment import Environment
from app.migration.replication.base import Replication
from app.migration.replication.logical import LogicalReplication


def carrier(environment: Environment) -> Replication:  # noqa: ARG001 - one choice so far
    """Return what carries rows between the sites of this environment."""
    return LogicalReplication()
