"""Tasks: the last part of their ARN, their changes, and what they can be resumed from."""

from __future__ import annotations

import json

from moto.dms.exceptions import InvalidResourceStateFault
from moto.dms.models import FakeReplicationTask
from moto.dms.responses import DatabaseMigrationServiceResponse as Dms

from app.local.cloud.dms.request import arn, asked, tag
from app.local.cloud.replacing import add, replace


def adapt() -> None:
    """Give tasks the ARN that was asked for, let them be changed, resume only what has run."""
    create = replace(Dms, "create_replication_task", None)
    start = replace(Dms, "start_replication_task", None)

    def create_replication_task(self: Dms) -> str:
        made = json.loads(create(self))["ReplicationTask"]["ReplicationTaskArn"]
        parameters = asked(self)
        tasks = self.dms_backend.replication_tasks
        task: FakeReplicationTask = tasks.pop(made).ready()
        task.arn = arn(self, "task", parameters.get("ResourceIdentifier", task.id))
        tasks[task.arn] = task
        tag(self, task.arn, parameters)
        return json.dumps({"ReplicationTask": task.to_dict()})

    def start_replication_task(self: Dms) -> str:
        parameters = asked(self)
        task = self.dms_backend.replication_tasks.get(parameters["ReplicationTaskArn"])
        anew = parameters["StartReplicationTaskType"] == "start-replication"
        if task is not None and task.start_date is None and not anew:
            raise InvalidResourceStateFault("A task that has never run can only be started")
        return str(start(self))

    def modify_replication_task(self: Dms) -> str:
        parameters = asked(self)
        task = self.dms_backend.replication_tasks[parameters["ReplicationTaskArn"]]
        task.table_mappings = parameters.get("TableMappings", task.table_mappings)
        task.replication_task_settings = parameters.get(
            "ReplicationTaskSettings", task.replication_task_settings
        )
        return json.dumps({"ReplicationTask": task.to_dict()})

    replace(Dms, "create_replication_task", create_replication_task)
    replace(Dms, "start_replication_task", start_replication_task)
    add(Dms, "modify_replication_task", modify_replication_task)
