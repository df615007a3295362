"""The tasks of DMS through its API: found, started, stopped and watched."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from app.errors import DatabaseFailed
from app.migration.deadline import Deadline

READY, RUNNING, STOPPED, FAILED = "ready", "running", "stopped", "failed"
# https://docs.aws.amazon.com/dms/latest/APIReference/API_ReplicationTask.html: a task in any other
# state carries rows, or is on its way to.
_AT_REST = {READY, STOPPED, FAILED, "created"}
POLL_SECONDS = 1.0


class DmsClient(Protocol):
    """The operations of boto3's DMS client that are used."""

    def describe_replication_tasks(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 - boto3's own shape
        """Return tasks."""

    def start_replication_task(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as above
        """Start a task."""

    def stop_replication_task(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as above
        """Stop a task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as DMS describes it."""

    name: str
    arn: str
    status: str
    only_changes: bool

    @property
    def busy(self) -> bool:
        """Tell whether it carries rows, or may at any moment."""
        return self.status not in _AT_REST


class DmsTasks:
    """Tasks named `<prefix>-<stream>`."""

    def __init__(
        self, *, client: DmsClient, prefix: str, poll_seconds: float = POLL_SECONDS
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._poll_seconds = poll_seconds

    def find(self, stream: str) -> Task | None:
        """Return the stream's task; None when there is none. Raises DatabaseFailed."""
        name = f"{self._prefix}-{stream}"
        try:
            answer = self._client.describe_replication_tasks(
                Filters=[{"Name": "replication-task-id", "Values": [name]}], WithoutSettings=True
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ResourceNotFoundFault":
                return None
            raise _failed(f"looking for task {name}", error) from error
        except BotoCoreError as error:
            raise _failed(f"looking for task {name}", error) from error
        for found in answer["ReplicationTasks"]:
            if found["ReplicationTaskIdentifier"] == name:
                return Task(
                    name=name,
                    arn=found["ReplicationTaskArn"],
                    status=found["Status"],
                    only_changes=found["MigrationType"] == "cdc",
                )
        return None

    def need(self, stream: str) -> Task:
        """Return the stream's task, which must be there."""
        task = self.find(stream)
        if task is None:
            raise DatabaseFailed(
                f"DMS has no task {self._prefix}-{stream}.",
                remedy="Apply the workspace replication: payshift deliver --foundation",
            )
        return task

    def wait_until(
        self, stream: str, wanted: Collection[str], *, deadline: Deadline
    ) -> Task | None:
        """Return the task once it is in a wanted state, at rest or gone, or at the deadline."""
        while True:
            task = self.find(stream)
            settled = task is None or task.status in wanted or not task.busy
            if settled or deadline.passed:
                return task
            time.sleep(min(self._poll_seconds, deadline.remaining))

    def stop(self, task: Task, *, deadline: Deadline) -> None:
        """Stop a task and wait until it is at rest; one that is stays."""
        stream = task.name.removeprefix(f"{self._prefix}-")
        if not task.busy:
            return
        if task.status != "stopping":
            self._call("stopping", task, self._client.stop_replication_task)
        after = self.wait_until(stream, _AT_REST, deadline=deadline)
        if after is None or after.busy:
            raise DatabaseFailed(
                f"DMS task {task.name} did not stop in time.",
                remedy="Look at its log, then run the handover again.",
            )

    def start(self, task: Task, *, position: str, deadline: Deadline) -> None:
        """Start a task at rest and wait until it runs.

        One that carries only changes starts at the position; one that has loaded a target goes
        on, for to start it anew would be to load again. Its slot bounds both.
        """
        stream = task.name.removeprefix(f"{self._prefix}-")
        if not task.busy:
            how = {"StartReplicationTaskType": "resume-processing"}
            if task.only_changes:
                how = {
                    "StartReplicationTaskType": "start-replication",
                    "CdcStartPosition": position,
                }
            elif task.status == READY:
                raise DatabaseFailed(
                    f"DMS task {task.name} has never run.",
                    remedy="Its first start loads the target; do that before moving the writer.",
                )
            self._call("starting", task, self._client.start_replication_task, **how)
        after = self.wait_until(stream, {RUNNING}, deadline=deadline)
        if after is None or after.status != RUNNING:
            raise DatabaseFailed(
                f"DMS task {task.name} is {after.status if after else 'gone'}, not running.",
                remedy="Look at its log, then run the handover again.",
            )

    @staticmethod
    def _call(what: str, task: Task, operation: Any, **request: str) -> None:  # noqa: ANN401 - boto3's own
        try:
            operation(ReplicationTaskArn=task.arn, **request)
        except (ClientError, BotoCoreError) as error:
            raise _failed(f"{what} task {task.name}", error) from error


def _failed(what: str, error: Exception) -> DatabaseFailed:
    return DatabaseFailed(
        f"DMS failed while {what}: {error}",
        remedy="See whether AWS can be reached and the role may do this; then run it again.",
    )
