"""Tasks of DMS in moto's API whose rows real subscriptions carry between two real databases.

moto runs in this process, so its tasks can be given something to do: a task that is started makes
or enables its subscription, one that is stopped disables it, and one that loads a target copies it
for real and stops afterwards, as DMS does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
import pytest
from moto.dms.models import FakeReplicationTask
from moto.dms.responses import DatabaseMigrationServiceResponse as Dms
from psycopg import sql

from app.components import replication_streams
from app.config.loading import load_environment
from app.local.cloud.dms import tasks
from app.local.cloud.dms.request import asked
from app.local.postgres.cluster import TRUST_FILE
from app.migration.connection import connect
from app.migration.replication import catalog
from app.migration.replication.direction import Direction
from app.migration.sites import Databases, Site

STREAMS = ("forward", "reverse", "forward-probe", "reverse-probe")
# What DMS calls its own slot nobody knows before it is made.
OWN_SLOT = "dms_own_slot_of_forward"
INSTANCE = "payshift-local"


@dataclass
class Player:
    """Carries out what the tasks named `<prefix>-<stream>` are told.

    `breaks` lets the next load break off; `calls` is what the engine asked for, in order.
    """

    databases: Databases
    prefix: str
    breaks: bool = False
    calls: list[tuple[str, str]] = field(default_factory=list)
    positions: list[str | None] = field(default_factory=list)
    broken: bool = False
    loaded: bool = False

    def attach(self, patch: pytest.MonkeyPatch) -> None:
        """Stand behind moto's tasks."""
        adapt_moto()
        start, stop = Dms.start_replication_task, Dms.stop_replication_task
        describe = FakeReplicationTask.to_dict

        def start_replication_task(api: Dms) -> str:
            given = asked(api)
            task = api.dms_backend.replication_tasks[given["ReplicationTaskArn"]]
            self._start(self._stream(task), given)
            return start(api)

        def stop_replication_task(api: Dms) -> str:
            task = api.dms_backend.replication_tasks[asked(api)["ReplicationTaskArn"]]
            self.calls.append(("stop", self._stream(task)))
            self._switch(self._stream(task), "DISABLE")
            return stop(api)

        def to_dict(task: FakeReplicationTask) -> dict[str, Any]:
            if self._stream(task) == "forward":
                self._look(task)
                return describe(task) | self._forward(task)
            return describe(task)

        patch.setattr(Dms, "start_replication_task", start_replication_task)
        patch.setattr(Dms, "stop_replication_task", stop_replication_task)
        patch.setattr(FakeReplicationTask, "to_dict", to_dict)

    def make_tasks(self) -> None:
        """Make instance, endpoints and tasks as the workspace `replication` does: at rest."""
        client = boto3.client("dms")
        instance = client.create_replication_instance(
            ReplicationInstanceIdentifier=INSTANCE, ReplicationInstanceClass="dms.t3.medium"
        )["ReplicationInstance"]["ReplicationInstanceArn"]
        for stream in STREAMS:
            ends = {
                kind: client.create_endpoint(
                    EndpointIdentifier=f"{self.prefix}-{stream}-{kind}",
                    EndpointType=kind,
                    EngineName="postgres",
                )["Endpoint"]["EndpointArn"]
                for kind in ("source", "target")
            }
            client.create_replication_task(
                ReplicationTaskIdentifier=f"{self.prefix}-{stream}",
                ResourceIdentifier=f"local-{stream}",
                SourceEndpointArn=ends["source"],
                TargetEndpointArn=ends["target"],
                ReplicationInstanceArn=instance,
                MigrationType="full-load-and-cdc" if stream == "forward" else "cdc",
                TableMappings=mappings(stream),
            )

    def remove_tasks(self) -> None:
        """Delete them, and what stood for their connections."""
        client = boto3.client("dms")
        for task in client.describe_replication_tasks()["ReplicationTasks"]:
            client.delete_replication_task(ReplicationTaskArn=task["ReplicationTaskArn"])
        for endpoint in client.describe_endpoints()["Endpoints"]:
            client.delete_endpoint(EndpointArn=endpoint["EndpointArn"])
        for one in client.describe_replication_instances()["ReplicationInstances"]:
            client.delete_replication_instance(ReplicationInstanceArn=one["ReplicationInstanceArn"])

    def statuses(self) -> dict[str, str]:
        """Return every task's status by stream."""
        found = boto3.client("dms").describe_replication_tasks()["ReplicationTasks"]
        return {
            one["ReplicationTaskIdentifier"].removeprefix(f"{self.prefix}-"): one["Status"]
            for one in found
        }

    def _stream(self, task: FakeReplicationTask) -> str:
        return str(task.id).removeprefix(f"{self.prefix}-")

    def _start(self, stream: str, given: Mapping[str, Any]) -> None:
        how = given["StartReplicationTaskType"]
        self.calls.append((how, stream))
        self.positions.append(given.get("CdcStartPosition"))
        if how == "reload-target":
            self._forget()
        self.broken = False
        direction, name = _part(stream)
        with connect(self.databases[direction.target], application_name="dms") as target:
            known = catalog.subscription_enabled(target, name=name) is not None
        if known:
            self._switch(stream, "ENABLE")
        else:
            self._subscribe(stream)

    def _subscribe(self, stream: str) -> None:
        direction, name = _part(stream)
        loads = stream == "forward"
        peer = self.databases[direction.source].conninfo(sslrootcert=TRUST_FILE)
        with connect(self.databases[direction.target], application_name="dms") as target:
            target.execute(
                sql.SQL(
                    "CREATE SUBSCRIPTION {name} CONNECTION {peer} PUBLICATION {name} WITH "
                    "(slot_name = {slot}, create_slot = {loads}, copy_data = {loads})"
                ).format(
                    name=sql.Identifier(name),
                    peer=sql.Literal(peer),
                    slot=sql.Literal(OWN_SLOT if loads else name),
                    loads=sql.Literal(loads),
                )
            )

    def _forget(self) -> None:
        """A task that loads again makes its slot again."""
        direction, name = _part("forward")
        with connect(self.databases[direction.target], application_name="dms") as target:
            target.execute(sql.SQL("DROP SUBSCRIPTION {}").format(sql.Identifier(name)))
        self.loaded = False

    def _switch(self, stream: str, verb: str) -> None:
        direction, name = _part(stream)
        with connect(self.databases[direction.target], application_name="dms") as target:
            target.execute(
                sql.SQL("ALTER SUBSCRIPTION {} {}").format(sql.Identifier(name), sql.SQL(verb))
            )

    def _look(self, task: FakeReplicationTask) -> None:
        """End a load that has copied everything, and break off one that shall break."""
        if task.status != "running" or self.loaded:
            return
        waiting, _ = self._counts()
        if self.breaks or not waiting:
            self._switch("forward", "DISABLE")
            self.loaded, self.broken = not self.breaks, self.breaks
            task.status = "failed" if self.breaks else "stopped"
            self.breaks = False

    def _counts(self) -> tuple[int, int]:
        """Return how many tables wait or are being copied, and how many there are."""
        direction, name = _part("forward")
        with connect(self.databases[direction.target], application_name="dms") as target:
            row = target.execute(
                "SELECT count(*) FILTER (WHERE srsubstate <> 'r'), count(*) "
                "FROM pg_subscription_rel r JOIN pg_subscription s ON s.oid = srsubid "
                "WHERE subname = %s",
                (name,),
            ).fetchone()
        assert row is not None
        return int(row[0]), int(row[1])

    def _forward(self, task: FakeReplicationTask) -> dict[str, Any]:
        if task.status == "ready":
            return {"ReplicationTaskStats": {}}
        waiting, whole = (0, 1) if self.loaded else self._counts()
        stats = {
            "FullLoadProgressPercent": 100
            if self.loaded
            else min(99, 100 * (whole - waiting) // 4),
            "TablesLoaded": whole - waiting,
            "TablesLoading": waiting,
            "TablesQueued": 0,
            "TablesErrored": int(self.broken),
            "ElapsedTimeMillis": 1_000,
        }
        reason = "Stop Reason FATAL_ERROR" if self.broken else "Stop Reason STOPPED_AFTER_FULL_LOAD"
        stopped = {"StopReason": reason} if task.status in {"stopped", "failed"} else {}
        return {"ReplicationTaskStats": stats, **stopped}


def _part(stream: str) -> tuple[Direction, str]:
    direction = Direction(Site.LEGACY if stream.startswith("forward") else Site.AWS)
    return direction, direction.probe if stream.endswith("probe") else direction.data


def mappings(stream: str) -> str:
    """Return the table mappings that the workspace `replication` gives the stream's task."""
    (found,) = (one for one in replication_streams.STREAMS if one.name == stream)
    settings = load_environment("production").replication
    return replication_streams.table_mappings(found, settings=settings)


def publish(databases: Databases) -> None:
    """Name what each task carries, as its table mappings do."""
    business = "payments.payment, payments.refund, payments.ledger_entry"
    for site in Site:
        direction = Direction(site)
        with connect(databases[site], application_name="test") as source:
            source.execute(
                f"CREATE PUBLICATION {direction.data} FOR TABLE {business}, "
                f"payshift.{direction.marker_table}".encode()
            )
            source.execute(
                f"CREATE PUBLICATION {direction.probe} FOR TABLE "
                f"payshift.{direction.probe_table}".encode()
            )


@cache
def adapt_moto() -> None:
    """Give tasks the ARNs that were asked for, as the local cloud does; once in a process."""
    tasks.adapt()
