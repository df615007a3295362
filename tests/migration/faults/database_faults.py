"""Faults inside the databases: stalled replication, transactions, full disks, new passwords."""

from __future__ import annotations

import secrets
from typing import Any

import psycopg
import pytest
from psycopg import sql

from app.local.postgres import roles
from app.migration.connection import connect
from app.migration.deadline import Deadline
from app.migration.fence import WRITE_REFUSED
from app.migration.replication.direction import Direction
from app.migration.replication.followers import follow
from app.migration.sites import Site
from tests.migration.faults.fault import SHORT, Fault, Scene
from tests.migration.faults.steps import AFTER, BEFORE, PAUSED
from tests.migration.support import pay

SERIALIZATION_FAILURE = "40001"


class SubscriptionDisabled(Fault):
    """Somebody disables the subscription that carries the data at that moment."""

    name = "subscription disabled"

    def strike(self, scene: Scene) -> None:
        """Disable it at its subscriber."""
        scene.kept["direction"] = Direction(
            scene.target if scene.step == "turned" else scene.source
        )
        _alter(scene, "DISABLE")

    def heal(self, scene: Scene) -> None:
        """Enable it again, unless the writer moved: then the next run arms the new direction."""
        if scene.world.accepting() == [scene.kept["direction"].source]:
            _alter(scene, "ENABLE")


def _alter(scene: Scene, verb: str) -> None:
    direction: Direction = scene.kept["direction"]
    scene.world.execute(
        direction.target,
        sql.SQL("ALTER SUBSCRIPTION {} " + verb).format(sql.Identifier(direction.data)),
    )


class ApplyBlocked(Fault):
    """A lock on the business tables keeps the site that receives from applying."""

    name = "apply blocked"

    def strike(self, scene: Scene) -> None:
        """Take the lock where rows arrive at that moment, or will after the turn."""
        receiver = scene.source if scene.step in AFTER else scene.target
        session = _session(scene, receiver, role=roles.ADMIN)
        session.execute("BEGIN; LOCK TABLE payments.payment IN EXCLUSIVE MODE")

    def heal(self, scene: Scene) -> None:
        """Release it."""
        scene.kept["session"].rollback()


class LongTransaction(Fault):
    """A client writes at the old writer and does not commit."""

    name = "long transaction"
    senseless = dict.fromkeys(
        (*PAUSED, *AFTER), "no transaction that has written can be open behind the fence"
    )

    def job(self, scene: Scene) -> dict[str, Any]:  # noqa: ARG002 - the base's
        """Call a transaction long at once."""
        long = {"app.migration.preflight.LONG_TRANSACTION_SECONDS": 0.0}
        return {"limits": {**SHORT, **long}}

    def strike(self, scene: Scene) -> None:
        """Write, and leave it open."""
        session = _session(scene, scene.source, role=roles.APPLICATION)
        session.execute("BEGIN")
        scene.acknowledged[pay(session)] = 100

    def heal(self, scene: Scene) -> None:
        """Commit: refused or not, the handover must not have cost this payment."""
        scene.kept["session"].commit()


class OldSnapshot(Fault):
    """A serializable transaction that began before the fence writes behind it."""

    name = "old snapshot writes"
    senseless = dict.fromkeys(BEFORE, "the old writer still accepts")

    def job(self, scene: Scene) -> dict[str, Any]:
        """Begin it before the handover does, with a snapshot."""
        session = _session(scene, scene.source, role=roles.APPLICATION)
        session.execute("BEGIN ISOLATION LEVEL SERIALIZABLE")
        session.execute("SELECT count(*) FROM payments.payment")
        return {}

    def strike(self, scene: Scene) -> None:
        """Write; the fence must not believe what the snapshot remembers."""
        with pytest.raises(psycopg.Error) as caught:
            pay(scene.kept["session"])
        assert caught.value.sqlstate in {SERIALIZATION_FAILURE, WRITE_REFUSED}
        scene.kept["session"].rollback()


_FULL = """
CREATE SCHEMA IF NOT EXISTS faults;
CREATE OR REPLACE FUNCTION faults.disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
END $$
"""
_FILL = """
CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION faults.disk_full();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER disk_full
"""
_TABLES = tuple(
    sql.Identifier(schema, name)
    for schema, name in (
        ("payshift", "journal"),
        ("payshift", "writer"),
        ("payshift", "marker_legacy"),
        ("payshift", "marker_aws"),
        ("payshift", "probe_legacy"),
        ("payshift", "probe_aws"),
        ("payments", "payment"),
        ("payments", "ledger_entry"),
    )
)


class DiskFull(Fault):
    """Whatever would make a table of the new writer grow fails with SQLSTATE 53100.

    Triggers say so, for the engine, for clients and for replication alike. What that does not
    show: a log that cannot be written, at which the server stops; that is `target killed`.
    """

    name = "disk full at target"
    reaches_clients = True

    def strike(self, scene: Scene) -> None:
        """Fill it."""
        scene.world.execute(scene.target, sql.SQL(_FULL))
        for table in _TABLES:
            scene.world.execute(scene.target, sql.SQL(_FILL).format(table=table))

    def heal(self, scene: Scene) -> None:
        """Make room."""
        for table in _TABLES:
            scene.world.execute(scene.target, sql.SQL("DROP TRIGGER disk_full ON {}").format(table))


class PasswordChanged(Fault):
    """The engine's password is changed at both sites at once, without the usual second user.

    It is the subscriptions' password, too.
    """

    name = "credentials rotated"

    def strike(self, scene: Scene) -> None:
        """Change it; sessions that are open stay."""
        for site, cluster in scene.world.pair.clusters.items():
            password = secrets.token_urlsafe(24)
            scene.world.execute(
                site,
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                    sql.Identifier(roles.ENGINE), sql.Literal(password)
                ),
            )
            cluster.passwords = {**cluster.passwords, roles.ENGINE: password}

    def heal(self, scene: Scene) -> None:
        """Let the subscriptions follow, as the rotation does."""
        for site in Site:
            follow(
                databases=scene.world.databases,
                source=site,
                login=scene.world.databases[site],
                deadline=Deadline(seconds=30),
            )


def _session(scene: Scene, site: Site, *, role: str) -> psycopg.Connection:
    settings = scene.world.pair.clusters[site].settings_for(role=role)
    session = scene.stack.enter_context(connect(settings, application_name="fault"))
    scene.kept["session"] = session
    return session
