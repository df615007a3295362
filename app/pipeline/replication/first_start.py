"""`payshift replication start`: the engine's first start with an environment's own settings."""

from __future__ import annotations

from app.errors import InputError
from app.migration.replication.dms_connections import DmsConnections
from app.migration.replication.dms_first_start import FirstStart
from app.migration.replication.dms_stage import DmsStanding
from app.pipeline import aws
from app.pipeline.logins import engine_logins
from app.pipeline.replication.standing import dms_tasks
from app.pipeline.report import Progress
from app.pipeline.target import Target


def first_start(target: Target, *, reload: bool, wait: bool, progress: Progress) -> DmsStanding:
    """Start what is not started yet, and go on where the last run stopped.

    InputError where no task of DMS carries rows, FirstLoadRefused with every reason.
    """
    settings = target.environment.replication
    if settings.carrier != "dms":
        raise InputError(
            f"the rows of {target.environment.name} are carried by PostgreSQL's own replication",
            remedy="write replication.carrier: dms in the environment's file to use tasks of DMS",
        )
    connections = DmsConnections(client=aws.client(target.environment, "dms"))
    return FirstStart(
        databases=engine_logins(target),
        tasks=dms_tasks(target.environment),
        connections=connections,
        plugin=settings.plugin,
        expected_gigabytes=settings.first_load.duration().table_gigabytes,
        progress=progress,
    ).run(reload=reload, wait=wait)
