"""The replication that an environment has chosen."""

from __future__ import annotations

from app.config.environment import Environment
from app.config.names import Names
from app.migration.replication.base import Replication
from app.migration.replication.dms import DmsReplication
from app.migration.replication.dms_tasks import DmsTasks
from app.migration.replication.logical import LogicalReplication
from app.pipeline import aws


def carrier(environment: Environment) -> Replication:
    """Return what carries rows between the sites of this environment."""
    if environment.replication.carrier == "dms":
        tasks = DmsTasks(client=aws.dms(environment), prefix=Names.of(environment).prefix)
        return DmsReplication(tasks=tasks)
    return LogicalReplication()
