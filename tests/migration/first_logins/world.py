"""A server without our roles, an administrator, and secrets without values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.config.carrier import Carrier
from app.local.postgres import roles
from app.local.postgres.cluster import PostgresCluster
from app.migration.connection import DatabaseSettings, connect
from app.migration.users.roles import LOGINS
from app.pipeline.first_logins.make import FirstLogins, Made
from app.pipeline.report import silent

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

MASTER = "payshift_master"
SECRETS = {login: f"payshift/production/aws/{login}" for login in LOGINS}
# As Aurora has them: no superuser, and roles that stand for a part of what one may do.
AURORA = (
    "CREATE ROLE rds_replication NOLOGIN",
    "CREATE ROLE rds_superuser NOLOGIN",
    "GRANT pg_monitor, pg_signal_backend, rds_replication TO rds_superuser WITH ADMIN OPTION",
    "CREATE ROLE payshift_master LOGIN CREATEROLE CREATEDB IN ROLE rds_superuser",
)
ROLES = """
SELECT rolname, rolsuper, rolcreaterole, rolreplication, rolcanlogin,
       ARRAY(SELECT pg_get_userbyid(roleid) FROM pg_auth_members WHERE member = r.oid ORDER BY 1)
FROM pg_roles r WHERE rolname LIKE 'pay%' AND rolname <> 'payshift_master' ORDER BY 1
"""
SNAPSHOT = """
SELECT ARRAY(SELECT t::text FROM pg_authid t WHERE rolname LIKE 'pay%' ORDER BY 1),
       ARRAY(SELECT t::text FROM pg_auth_members t ORDER BY 1),
       ARRAY(SELECT t::text FROM pg_default_acl t ORDER BY 1),
       ARRAY(SELECT datacl::text FROM pg_database WHERE datname = current_database())
"""


@dataclass(slots=True)
class World:
    """A server without our roles, an administrator, and secrets without values."""

    cluster: PostgresCluster
    client: SecretsManagerClient
    administrator: DatabaseSettings
    put: list[str] = field(default_factory=list)

    def make(
        self, *, dry_run: bool = False, anew: tuple[str, ...] = (), carrier: Carrier = "dms"
    ) -> Made:
        """Do what the command does."""
        return FirstLogins(
            administrator=self.administrator,
            client=self.client,
            secrets=SECRETS,
            carrier=carrier,
            shut_to_others=True,
            progress=silent,
            anew=anew,
        ).make(dry_run=dry_run)

    def secret(self, login: str) -> dict[str, Any]:
        """Return what a secret holds."""
        found: dict[str, Any] = json.loads(
            self.client.get_secret_value(SecretId=SECRETS[login])["SecretString"]
        )
        return found

    def login(self, login: str) -> DatabaseSettings:
        """Return the login in a secret, as functions read it."""
        text = json.dumps(self.secret(login))
        return DatabaseSettings.from_secret(text, self.administrator.sslrootcert)

    def versions(self) -> Mapping[str, list[str]]:
        """Return the versions of every secret."""
        return {
            name: sorted(self.client.describe_secret(SecretId=name).get("VersionIdsToStages", {}))
            for name in SECRETS.values()
        }

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the server as its own superuser."""
        settings = self.cluster.settings_for(role=roles.ADMIN)
        with connect(settings, application_name="test") as connection:
            return connection.execute(statement.encode()).fetchall()
