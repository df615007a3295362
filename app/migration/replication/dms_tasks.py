"""The tasks of DMS through its API: found, started, stopped and watched."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from app.errors import DatabaseFailed
from app.migration.deadline import Deadline

READY, RUNNING, STOPPED, FAILED = "ready", "running", "stopped", "failed"
# https://docs.aws.amazon.com/dms/latest/APIReference/API_ReplicationTask.html: a task in any other
# state carries rows, or is on its way to.
_NEVER_RUN = {"creating", "created", READY}
_AT_REST = {*_NEVER_RUN, STOPPED, FAILED}
POLL_SECONDS = 1.0
_WHOLE = 100


class DmsClient(Protocol):
    """The operations of boto3's DMS client that are used on tasks."""

    def describe_replication_tasks(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 - boto3's own shape
        """Return tasks."""

    def start_replication_task(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as above
        """Start a task."""

    def stop_replication_task(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as above
        """Stop a task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How far a task's full load has come: counts of tables, and the time that it has taken."""

    percent: int = 0
    loaded: int = 0
    loading: int = 0
    queued: int = 0
    errored: int = 0
    seconds: float = 0.0

    @property
    def over(self) -> bool:
        """Tell whether every table is there."""
        return self.percent == _WHOLE and not (self.loading or self.queued or self.errored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as DMS describes it; `trouble` is what DMS says of why it stopped, if anything."""

    name: str
    arn: str
    status: str
    only_changes: bool
    load: Load = field(default_factory=Load)
    trouble: str = ""
    instance_arn: str = ""
    endpoint_arns: tuple[str, ...] = ()

    @property
    def busy(self) -> bool:
        """Tell whether it carries rows, or may at any moment."""
        return self.status not in _AT_REST

    @property
    def never_run(self) -> bool:
        """Tell whether it was made and never started."""
        return self.status in _NEVER_RUN

    @classmethod
    def read(cls, described: Mapping[str, Any]) -> Task:
        """Read what DescribeReplicationTasks says of one."""
        stats = described.get("ReplicationTaskStats") or {}
        return cls(
            name=described["ReplicationTaskIdentifier"],
            arn=described["ReplicationTaskArn"],
            status=described["Status"],
            only_changes=described["MigrationType"] == "cdc",
            load=Load(
                percent=int(stats.get("FullLoadProgressPercent", 0)),
                loaded=int(stats.get("TablesLoaded", 0)),
                loading=int(stats.get("TablesLoading", 0)),
                queued=int(stats.get("TablesQueued", 0)),
                errored=int(stats.get("TablesErrored", 0)),
                seconds=float(stats.get("ElapsedTimeMillis", 0)) / 1e3,
            ),
            trouble="; ".join(
                str(described[key])
                for key in ("StopReason", "LastFailureMessage")
                if described.get(key)
            ),
            instance_arn=str(described.get("ReplicationInstanceArn", "")),
            endpoint_arns=tuple(
                str(described[key])
                for key in ("SourceEndpointArn", "TargetEndpointArn")
                if described.get(key)
            ),
        )


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
        found = self._describe(stream, WithoutSettings=True)
        return None if found is None else Task.read(found)

    def carried(self, stream: str) -> frozenset[str] | None:
        """Return the tables that the stream's task names, as `schema.table`; None without a task.

        A pattern names no table: what is added later would be carried by accident.
        """
        found = self._describe(stream)
        if found is None:
            return None
        rules = json.loads(found.get("TableMappings") or "{}").get("rules", ())
        tables = [
            rule["object-locator"]
            for rule in rules
            if rule.get("rule-type") == "selection" and rule.get("rule-action") == "include"
        ]
        return frozenset(f"{one['schema-name']}.{one['table-name']}" for one in tables)

    def _describe(self, stream: str, **options: bool) -> Mapping[str, Any] | None:
        name = f"{self._prefix}-{stream}"
        try:
            answer = self._client.describe_replication_tasks(
                Filters=[{"Name": "replication-task-id", "Values": [name]}], **options
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ResourceNotFoundFault":
                return None
            raise _failed(f"looking for task {name}", error) from error
        except BotoCoreError as error:
            raise _failed(f"looking for task {name}", error) from error
        tasks: list[Mapping[str, Any]] = answer["ReplicationTasks"]
        return next((one for one in tasks if one["ReplicationTaskIdentifier"] == name), None)

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

    def start(
        self, task: Task, *, position: str, deadline: Deadline, goes_on: bool = False
    ) -> None:
        """Start a task at rest and wait until it runs.

        One that carries only changes starts at the position, where its slot must stand; one that
        `goes_on`, or has loaded a target, is resumed where it stopped: to start it anew would send
        rows again, or load again. Its slot bounds both.
        """
        stream = task.name.removeprefix(f"{self._prefix}-")
        if not task.busy:
            how = {"StartReplicationTaskType": "resume-processing"}
            if task.only_changes and (task.never_run or not goes_on):
                how = {
                    "StartReplicationTaskType": "start-replication",
                    "CdcStartPosition": position,
                }
            elif task.never_run:
                raise DatabaseFailed(
                    f"DMS task {task.name} has never run.",
                    remedy="Its first start loads the target: payshift replication start",
                )
            self._call("starting", task, self._client.start_replication_task, **how)
        after = self.wait_until(stream, {RUNNING}, deadline=deadline)
        if after is None or after.status != RUNNING:
            raise DatabaseFailed(
                f"DMS task {task.name} is {after.status if after else 'gone'}, not running.",
                remedy="Look at its log, then run the handover again.",
            )

    def load(self, task: Task, *, anew: bool, deadline: Deadline) -> None:
        """Start the task that loads the target, and wait until it is at work or over.

        `anew` loads once more what was loaded in part; the target must be empty in either case.
        """
        stream = task.name.removeprefix(f"{self._prefix}-")
        how = "reload-target" if anew else "start-replication"
        self._call(
            "starting", task, self._client.start_replication_task, StartReplicationTaskType=how
        )
        # A small load may be over, or broken, before anybody looks.
        begun = {RUNNING, STOPPED, FAILED}
        after = self.wait_until(stream, begun, deadline=deadline)
        if after is None or after.status not in begun:
            raise DatabaseFailed(
                f"DMS task {task.name} is {after.status if after else 'gone'}, not running.",
                remedy="Look at its log, then start it again: payshift replication start",
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
