"""The workspace `data`: the target's database, the logins of both databases, and the evidence."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from app.components.aurora import PORT, Aurora
from app.components.bucket_lifecycle import ForgetVersions
from app.components.cluster_backup import ClusterBackup
from app.components.customer_key import CustomerKey, KeyUser, logs_user
from app.components.database_secret import database_secret
from app.components.network_lookup import NetworkLookup
from app.components.private_bucket import PrivateBucket
from app.components.security_group import SecurityGroup
from app.config.environment import Environment
from app.config.names import DATABASE_ROLES, SITES
from app.stacks.workspace import Workspace


class DataWorkspace(Workspace):
    """A key for each purpose; nothing in it can be destroyed by an apply."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(scope, name="data", environment=environment)
        self._environment = environment
        secrets_key = self._key(
            "secrets",
            description="Logins of both databases, and the master's",
            # RDS keeps the master's password there itself.
            through=("secretsmanager", "rds"),
        )
        for site in SITES:
            for role, user in DATABASE_ROLES.items():
                database_secret(
                    self,
                    f"login-{site}-{role}",
                    name=self.names.secret(site, role),
                    description=f"Login of {user} at the {site} database",
                    key_arn=secrets_key.arn,
                )
        self._evidence()
        self._database(secrets_key)

    def _evidence(self) -> None:
        key = self._key("evidence", description="Evidence and bundles", through=("s3",))
        lock_days = self._environment.evidence.lock_days
        PrivateBucket(
            self,
            "evidence",
            name=self.names.evidence_bucket,
            key_arn=key.arn,
            lock_days=lock_days,
            # A bundle that was built anew replaces one; records are never replaced.
            forgets=[ForgetVersions(id="rebuilt-bundles", prefix="bundles/", after_days=lock_days)],
        )

    def _database(self, secrets_key: CustomerKey) -> None:
        cluster = self.names.database_cluster
        key = self._key(
            "database",
            description="Database: storage, backups, logs, Performance Insights",
            users=[logs_user(self.names, group_prefix=f"/aws/rds/cluster/{cluster}/")],
            through=("rds",),
        )
        network = NetworkLookup(self, "network", names=self.names)
        aurora = Aurora(
            self,
            "database",
            names=self.names,
            settings=self._environment.database,
            zones=self._environment.zones,
            subnet_ids=network.subnet_ids("data"),
            security_group_id=self._database_group(network).group_id,
            key_arn=key.arn,
            secrets_key_arn=secrets_key.arn,
        )
        vault_key = self._key("backup", description="Vault of the database", through=("backup",))
        ClusterBackup(
            self,
            "backup",
            names=self.names,
            settings=self._environment.database,
            cluster_arn=aurora.cluster_arn,
            vault_key_arn=vault_key.arn,
            database_key_arn=key.arn,
        )

    def _database_group(self, network: NetworkLookup) -> SecurityGroup:
        """PostgreSQL comes in from functions and replication; nothing goes out.

        Replication by DMS needs no more: its instance connects to both sides. PostgreSQL's own
        replication would have Aurora subscribe to the legacy database, and needs a rule that
        lets it out to the data centre.
        """
        group = SecurityGroup(
            self,
            "database-group",
            name=f"{self.names.prefix}-database",
            description="Functions and the replication instance reach the database",
            vpc_id=network.vpc_id,
        )
        subnets = self._environment.network.subnets
        for tier, blocks in {"app": subnets.app, "data": subnets.data}.items():
            for zone, block in zip(self._environment.zones, blocks, strict=True):
                group.allow_from(
                    f"{tier}-{zone[-1]}",
                    port=PORT,
                    cidr=str(block),
                    description=f"From {tier} in {zone}",
                )
        return group

    def _key(
        self,
        purpose: str,
        *,
        description: str,
        through: Sequence[str],
        users: Sequence[KeyUser] = (),
    ) -> CustomerKey:
        return CustomerKey(
            self,
            f"{purpose}-key",
            names=self.names,
            purpose=purpose,
            description=description,
            users=users,
            through=through,
        )
