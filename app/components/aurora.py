"""The target's database: Aurora PostgreSQL, a writer and a reader in different zones."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.db_subnet_group import DbSubnetGroup
from cdktf_cdktf_provider_aws.rds_cluster import RdsCluster
from cdktf_cdktf_provider_aws.rds_cluster_instance import RdsClusterInstance
from constructs import Construct

from app.components.aurora_parameters import cluster_parameters, instance_parameters
from app.components.log_group import log_group
from app.components.monitoring_role import MonitoringRole
from app.config.database import Database
from app.config.names import Names

ENGINE = "aurora-postgresql"
PORT = 5432
DATABASE_NAME = "payments"
# Made by RDS with a password that RDS keeps and rotates; nobody logs in with it from day to day.
MASTER_USERNAME = "payshift_master"
_GUARDED = TerraformResourceLifecycle(prevent_destroy=True)


class Aurora(Construct):
    """Private, encrypted, guarded; its master password exists in Secrets Manager only.

    Offers `cluster_arn`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        settings: Database,
        zones: Sequence[str],
        subnet_ids: Sequence[str],
        security_group_id: str,
        key_arn: str,
        secrets_key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        self._settings = settings
        self._key_arn = key_arn
        name = names.database_cluster
        subnets = DbSubnetGroup(
            self,
            "subnets",
            name=name,
            description="Subnets without a way to the internet",
            subnet_ids=subnet_ids,
        )
        logs = log_group(self, "log", name=f"/aws/rds/cluster/{name}/postgresql", key_arn=key_arn)
        cluster = RdsCluster(
            self,
            "cluster",
            cluster_identifier=name,
            engine=ENGINE,
            engine_version=settings.engine_version,
            # Paid for from March 2027; else AWS upgrades by itself, and the way back is gone.
            engine_lifecycle_support="open-source-rds-extended-support",
            database_name=DATABASE_NAME,
            port=PORT,
            master_username=MASTER_USERNAME,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=secrets_key_arn,
            iam_database_authentication_enabled=True,
            storage_encrypted=True,
            kms_key_id=key_arn,
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[security_group_id],
            network_type="IPV4",
            db_cluster_parameter_group_name=cluster_parameters(self, "parameters", name=name),
            backup_retention_period=settings.backup_days,
            preferred_backup_window=settings.backup_window,
            preferred_maintenance_window=settings.maintenance_window,
            copy_tags_to_snapshot=True,
            delete_automated_backups=False,
            deletion_protection=True,
            skip_final_snapshot=False,
            final_snapshot_identifier=f"{name}-final",
            enabled_cloudwatch_logs_exports=["postgresql"],
            lifecycle=_GUARDED,
            depends_on=[logs],
        )
        self.cluster_arn: str = cluster.arn
        self._instances(names, cluster, zones)

    def _instances(self, names: Names, cluster: RdsCluster, zones: Sequence[str]) -> None:
        """Create both at once: whichever is there first writes, as after any failover."""
        settings, name = self._settings, names.database_cluster
        group = instance_parameters(self, "instance-parameters", name=name)
        monitoring = MonitoringRole(self, "monitoring", names=names)
        for role, zone in zip(("writer", "reader"), zones, strict=False):
            RdsClusterInstance(
                self,
                role,
                identifier=f"{name}-{zone[-1]}",
                cluster_identifier=cluster.id,
                engine=ENGINE,
                engine_version=cluster.engine_version_actual,
                instance_class=settings.instance_class,
                availability_zone=zone,
                publicly_accessible=False,
                db_parameter_group_name=group,
                ca_cert_identifier=settings.ca_certificate,
                auto_minor_version_upgrade=True,
                copy_tags_to_snapshot=True,
                preferred_maintenance_window=settings.maintenance_window,
                performance_insights_enabled=True,
                performance_insights_kms_key_id=self._key_arn,
                performance_insights_retention_period=settings.performance_history_days,
                monitoring_interval=settings.monitoring_seconds,
                monitoring_role_arn=monitoring.arn,
                lifecycle=_GUARDED,
                promotion_tier=0,
                depends_on=[monitoring.attached],
            )
