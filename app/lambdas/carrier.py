"""The replication that carries rows, as the function's settings name it."""

from __future__ import annotations

import boto3

from app.lambdas.engine_settings import EngineSettings
from app.lambdas.logins import AWS_CALLS
from app.migration.replication.base import Replication
from app.migration.replication.dms import DmsReplication
from app.migration.replication.dms_tasks import DmsTasks
from app.migration.replication.logical import LogicalReplication


def carrier(settings: EngineSettings) -> Replication:
    """Return what carries rows between the sites; DMS's tasks are found by their names."""
    if settings.carrier == "dms":
        client = boto3.client("dms", config=AWS_CALLS)
        tasks = DmsTasks(client=client, prefix=f"payshift-{settings.environment}")
        return DmsReplication(tasks=tasks)
    return LogicalReplication()
