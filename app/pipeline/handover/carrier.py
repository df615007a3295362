"""The replication that an environment has chosen."""

from __future__ import annotations

from app.config.environment import Environment
from app.migration.replication.base import Replication
from app.migration.replication.dms import DmsReplication
from app.migration.replication.logical import LogicalReplication
from app.pipeline.replication.standing import dms_tasks


def carrier(environment: Environment) -> Replication:
    """Return what carries rows between the sites of this environment."""
    if environment.replication.carrier == "dms":
        return DmsReplication(tasks=dms_tasks(environment))
    return LogicalReplication()
