"""The workspace `replication`: DMS between both databases, in both directions."""

from __future__ import annotations

from constructs import Construct

from app.components.customer_key import CustomerKey, logs_user
from app.components.load_balancer import HTTPS
from app.components.network_lookup import NetworkLookup
from app.components.replication_access import ReplicationAccess
from app.components.replication_endpoints import ReplicationEndpoints
from app.components.replication_instance import ReplicationInstance
from app.components.replication_streams import STREAMS
from app.components.replication_task import replication_task
from app.components.security_group import SecurityGroup
from app.config.authorities import aws_authorities, read_authorities
from app.config.environment import Environment
from app.stacks.workspace import Workspace

POSTGRESQL = 5432


class ReplicationWorkspace(Workspace):
    """Finds the network by its tags; knows the logins by their names."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(scope, name="replication", environment=environment)
        self._environment = environment
        self._settings = environment.replication
        key = CustomerKey(
            self,
            "key",
            names=self.names,
            purpose="replication",
            description="Storage, connections and logs of the replication",
            users=[logs_user(self.names, group_prefix=self.names.replication_log_group)],
            through=("dms",),
        )
        instance = self._instance(key)
        self._tasks(instance, key)

    def _instance(self, key: CustomerKey) -> ReplicationInstance:
        network = NetworkLookup(self, "network", names=self.names)
        return ReplicationInstance(
            self,
            "replication",
            names=self.names,
            settings=self._settings,
            # Beside the database, with the route to the data centre and without one to anywhere.
            subnet_ids=network.subnet_ids("data"),
            security_group_id=self._group(network),
            key_arn=key.arn,
        )

    def _group(self, network: NetworkLookup) -> str:
        group = SecurityGroup(
            self,
            "group",
            name=f"{self.names.prefix}-replication",
            description="The replication reaches both databases and its logins, nothing reaches it",
            vpc_id=network.vpc_id,
        )
        zones, subnets = self._environment.zones, self._environment.network.subnets
        group.allow_to(
            "legacy-database",
            port=POSTGRESQL,
            cidr=str(self._environment.data_centre.cidr),
            description="Legacy database",
        )
        for zone, block in zip(zones, subnets.data, strict=True):
            group.allow_to(
                f"database-{zone[-1]}",
                port=POSTGRESQL,
                cidr=str(block),
                description=f"Database in {zone}",
            )
        for zone, block in zip(zones, subnets.app, strict=True):
            # The endpoint of Secrets Manager lies there.
            group.allow_to(
                f"logins-{zone[-1]}",
                port=HTTPS,
                cidr=str(block),
                description=f"Logins, by the endpoint in {zone}",
            )
        return group.group_id

    def _tasks(self, instance: ReplicationInstance, key: CustomerKey) -> None:
        access = ReplicationAccess(self, "logins", names=self.names)
        endpoints = ReplicationEndpoints(
            self,
            "endpoints",
            names=self.names,
            settings=self._settings,
            authorities={
                "legacy": read_authorities(self._settings.data_centre_authority),
                "aws": read_authorities(aws_authorities(self._environment.region)),
            },
            access=access,
            key_arn=key.arn,
        )
        targets = {site: endpoints.target(site) for site in ("legacy", "aws")}
        for stream in STREAMS:
            replication_task(
                self,
                f"task-{stream.name}",
                names=self.names,
                settings=self._settings,
                stream=stream,
                instance_arn=instance.arn,
                source_arn=endpoints.source(stream),
                target_arn=targets[stream.target],
            )
