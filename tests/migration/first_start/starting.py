"""What the tests of the first start do and see."""

from __future__ import annotations

import time

import boto3
import psycopg

from app.local.postgres import roles
from app.migration.connection import connect
from app.migration.handover import Handover
from app.migration.postponed import make_up
from app.migration.replication.dms import DmsReplication
from app.migration.replication.dms_connections import DmsConnections
from app.migration.replication.dms_first_start import FirstStart
from app.migration.replication.dms_tasks import DmsTasks
from app.migration.sites import Databases, Site
from tests.migration.support import accepting, next_run_id

PREFIX = "payshift-local"
REPLICATION = roles.REPLICATION


def without_subscriptions(connection: psycopg.Connection) -> None:
    """Drop them and leave their slots, which belong to the other site."""
    for (name,) in connection.execute("SELECT subname FROM pg_subscription").fetchall():
        for end in ("DISABLE", "SET (slot_name = NONE)"):
            connection.execute(f"ALTER SUBSCRIPTION {name} {end}".encode())
        connection.execute(f"DROP SUBSCRIPTION {name}".encode())


def as_at_first(connection: psycopg.Connection, site: Site) -> None:
    """Forget everything that a test has carried or moved."""
    for (name,) in connection.execute("SELECT pubname FROM pg_publication").fetchall():
        connection.execute(f"DROP PUBLICATION {name}".encode())
    connection.execute(
        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active"
    )
    end = time.monotonic() + 30
    while connection.execute("SELECT FROM pg_replication_slots WHERE active").fetchone():
        assert time.monotonic() < end
        time.sleep(0.01)
    connection.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            "TRUNCATE payments.ledger_entry, payments.refund, payments.payment, payshift.journal, "
            "payshift.marker_legacy, payshift.marker_aws, payshift.probe_legacy, "
            "payshift.probe_aws"
        )
    make_up(connection)
    connection.execute(
        "UPDATE payshift.writer SET writer = 'legacy', epoch = 1, position = NULL, accepting = %s",
        (site is Site.LEGACY,),
    )
    connection.execute(f"ALTER ROLE {REPLICATION} SUPERUSER".encode())


def tasks() -> DmsTasks:
    return DmsTasks(client=boto3.client("dms"), prefix=PREFIX, poll_seconds=0.02)


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


class Told:
    """What was told, until the line at which somebody interrupts."""

    def __init__(self, *, until: str | None = None) -> None:
        self.lines: list[str] = []
        self._until = until

    def __call__(self, line: str) -> None:
        """Take a line."""
        self.lines.append(line)
        if self._until is not None and self._until in line:
            raise Interrupted


def first_start(databases: Databases, told: Told | None = None) -> FirstStart:
    return FirstStart(
        databases=databases,
        tasks=tasks(),
        connections=DmsConnections(client=boto3.client("dms"), poll_seconds=0.02),
        # What a subscription can read; test_decoding is for DMS.
        plugin="pgoutput",
        progress=told or Told(),
        look_seconds=0.05,
    )


def hand_over(databases: Databases, *, to: Site) -> None:
    Handover(databases=databases, replication=DmsReplication(tasks=tasks())).run(
        to=to, run_id=next_run_id(), deadline_seconds=60
    )
    assert accepting(databases) == [to]


def postponed(databases: Databases) -> int:
    with connect(databases[Site.AWS], application_name="test") as aws:
        row = aws.execute("SELECT count(*) FROM payshift.postponed").fetchone()
    assert row is not None
    return int(row[0])
