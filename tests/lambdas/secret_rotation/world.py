"""Two databases with replication, their secrets, and the rotation function behind its handler."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
from psycopg import sql

from app.errors import LoginRefused
from app.local.cloud.functions import Invoked
from app.local.postgres import roles
from app.local.postgres.cluster import TRUST_FILE
from app.migration.connection import DatabaseSettings, connect
from app.migration.replication.direction import Direction
from app.migration.sites import Databases, Site
from tests.lambdas.conftest import Pair, keep_secret
from tests.lambdas.invocation import lambda_context

if TYPE_CHECKING:
    import psycopg
    from mypy_boto3_secretsmanager import SecretsManagerClient

FUNCTION = "arn:aws:lambda:us-east-2:123456789012:function:payshift-local-secret-rotation"
USERS = {
    "app": roles.APPLICATION,
    "migration": roles.ENGINE,
    "replication": roles.REPLICATION,
    "rotation": roles.ROTATION,
}
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"


@dataclass(slots=True)
class InProcess:
    """Runs the function here; without one, every call fails and changes nothing."""

    handler: Any = None
    calls: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, *, function: str, payload: bytes) -> Invoked:
        """Run a step."""
        event = json.loads(payload)
        self.calls.append({"function": function, **event})
        if self.handler is None:
            return Invoked(200, b"{}", "Unhandled")
        try:
            self.handler(event, lambda_context(60))
        except Exception as error:  # noqa: BLE001 - Lambda answers with any
            return Invoked(200, str(error).encode(), "Unhandled")
        return Invoked(200, b"null", None)


@dataclass(slots=True)
class World:
    """What a test of rotations needs."""

    pair: Pair
    functions: InProcess
    module: ModuleType
    trust_bundle: Path

    @property
    def client(self) -> SecretsManagerClient:
        """Secrets Manager."""
        return boto3.client("secretsmanager")

    @staticmethod
    def secret(site: Site, role: str) -> str:
        """Name of a login's secret."""
        return f"payshift/local/{site}/{role}"

    def start(self, site: Site, role: str) -> str:
        """Begin a rotation, of which no step is done; return its token."""
        self.functions.handler, token = None, str(uuid4())
        asked = len(self.functions.calls)
        self.client.rotate_secret(SecretId=self.secret(site, role), ClientRequestToken=token)
        end = time.monotonic() + 10
        while len(self.functions.calls) == asked:
            assert time.monotonic() < end
            time.sleep(0.005)
        return token

    def step(self, step: str, site: Site, role: str, token: str) -> None:
        """Call the function with one step."""
        event = {"Step": step, "SecretId": self.secret(site, role), "ClientRequestToken": token}
        self.module.handler(event, lambda_context(60))

    def rotate(self, site: Site, role: str) -> str:
        """Rotate from beginning to end."""
        token = self.start(site, role)
        for step in STEPS:
            self.step(step, site, role, token)
        return token

    def login(self, site: Site, role: str, stage: str = CURRENT) -> DatabaseSettings:
        """Return the login that a stage holds."""
        answer = self.client.get_secret_value(SecretId=self.secret(site, role), VersionStage=stage)
        return DatabaseSettings.from_secret(answer["SecretString"], self.trust_bundle)

    def stages(self, site: Site, role: str) -> dict[str, list[str]]:
        """Return the stages of every version that has any."""
        described = self.client.describe_secret(SecretId=self.secret(site, role))
        return {
            version: sorted(stages)
            for version, stages in described["VersionIdsToStages"].items()
            if stages
        }

    def engines(self) -> Databases:
        """How the engine connects, as its secrets say."""
        return {site: self.login(site, "migration") for site in Site}

    def admin(self, site: Site) -> psycopg.Connection:
        """Open a session of the server's own superuser, whom no test rotates."""
        settings = self.pair.settings(site, roles.ADMIN)
        return connect(settings, application_name="test")

    def subscribed_as(self, source: Site) -> set[tuple[str, str]]:
        """Return user and password of the subscriptions that read from `source`."""
        with self.admin(source.other) as connection:
            rows = connection.execute("SELECT subconninfo FROM pg_subscription").fetchall()
        pairs = [dict(part.split("=", 1) for part in row[0].split()) for row in rows]
        return {(pair["user"], pair["password"]) for pair in pairs}

    def subscribe_as(self, source: Site, settings: DatabaseSettings) -> None:
        """Let the subscriptions that read from `source` use this login."""
        conninfo = settings.conninfo(sslrootcert=TRUST_FILE, connect_timeout=5)
        with self.admin(source.other) as connection:
            for name in (Direction(source).data, Direction(source).probe):
                connection.execute(
                    sql.SQL("ALTER SUBSCRIPTION {} CONNECTION {}").format(
                        sql.Identifier(name),
                        sql.Literal(f"{conninfo} application_name={name}"),
                    )
                )

    def reset(self) -> None:
        """Give every user its first password, drop the clones, and make the secrets anew."""
        for site, cluster in self.pair.clusters.items():
            with self.admin(site) as connection:
                for user in USERS.values():
                    connection.execute(
                        sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                            sql.Identifier(user), sql.Literal(cluster.passwords[user])
                        )
                    )
                    # Not IF EXISTS with CASCADE: a clone must own nothing.
                    connection.execute(
                        sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(f"{user}_clone"))
                    )
            engine = self.pair.settings(site, roles.ENGINE)
            if self.subscribed_as(site) != {(engine.user, engine.password.get_secret_value())}:
                self.subscribe_as(site, engine)
            for role, user in USERS.items():
                self._new_secret(self.secret(site, role), self.pair.settings(site, user))

    def _new_secret(self, name: str, settings: DatabaseSettings) -> None:
        client = self.client
        client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        keep_secret(name, settings)
        client.rotate_secret(
            SecretId=name,
            RotationLambdaARN=FUNCTION,
            RotationRules={"AutomaticallyAfterDays": 30},
            RotateImmediately=False,
        )


def works(settings: DatabaseSettings) -> bool:
    """Tell whether a login is let in."""
    try:
        connect(settings, application_name="test").close()
    except LoginRefused:
        return False
    return True
