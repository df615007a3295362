"""The DMS replication instance: private, in two zones, encrypted, with its log."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.dms_replication_instance import DmsReplicationInstance
from cdktf_cdktf_provider_aws.dms_replication_subnet_group import DmsReplicationSubnetGroup
from constructs import Construct

from app.components.log_group import log_group
from app.config.names import Names
from app.config.replication import Replication


class ReplicationInstance(Construct):
    """Offers `arn`."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        settings: Replication,
        subnet_ids: Sequence[str],
        security_group_id: str,
        key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        logs = log_group(self, "logs", name=names.replication_log_group, key_arn=key_arn)
        subnets = DmsReplicationSubnetGroup(
            self,
            "subnets",
            replication_subnet_group_id=names.prefix,
            replication_subnet_group_description="Reaches both databases",
            subnet_ids=subnet_ids,
        )
        instance = DmsReplicationInstance(
            self,
            "instance",
            replication_instance_id=names.replication_instance,
            replication_instance_class=settings.instance_class,
            engine_version=settings.engine_version,
            allocated_storage=settings.storage_gigabytes,
            multi_az=True,
            publicly_accessible=False,
            kms_key_arn=key_arn,
            replication_subnet_group_id=subnets.replication_subnet_group_id,
            vpc_security_group_ids=[security_group_id],
            preferred_maintenance_window=settings.maintenance_window,
            # Within 3.6; in the maintenance window, never in the middle of a change.
            auto_minor_version_upgrade=True,
            allow_major_version_upgrade=False,
            apply_immediately=False,
            # DMS would make the group itself, without retention and key.
            depends_on=[logs],
        )
        self.arn: str = instance.replication_instance_arn
