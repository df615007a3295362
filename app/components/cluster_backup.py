"""A copy of the database a day, in a vault from which it cannot be taken before its time."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.backup_plan import (
    BackupPlan,
    BackupPlanRule,
    BackupPlanRuleLifecycle,
)
from cdktf_cdktf_provider_aws.backup_selection import BackupSelection
from cdktf_cdktf_provider_aws.backup_vault import BackupVault
from cdktf_cdktf_provider_aws.backup_vault_lock_configuration import BackupVaultLockConfiguration
from constructs import Construct

from app.components.backup_role import BackupRole
from app.config.database import COPY_START_MINUTES, Database
from app.config.names import Names

# Within a day, so that a copy that hangs is given up before the next one starts.
COMPLETION_WINDOW_MINUTES = 8 * 60


class ClusterBackup(Construct):
    """Beside Aurora's own backups, which end with their cluster and with whoever may change it."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        settings: Database,
        cluster_arn: str,
        vault_key_arn: str,
        database_key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        vault = BackupVault(
            self,
            "vault",
            name=names.backup_vault,
            kms_key_arn=vault_key_arn,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        # Without days of grace it stays in governance mode: people with a right of their own can
        # lift it. The other mode can never be lifted, by nobody, and a mistake in days neither.
        BackupVaultLockConfiguration(
            self,
            "lock",
            backup_vault_name=vault.name,
            min_retention_days=settings.backup_days,
        )
        plan = BackupPlan(
            self,
            "plan",
            name=names.backup_vault,
            rule=[
                BackupPlanRule(
                    rule_name="daily",
                    target_vault_name=vault.name,
                    schedule=_daily(settings),
                    start_window=COPY_START_MINUTES,
                    completion_window=COMPLETION_WINDOW_MINUTES,
                    # As long as Aurora keeps its own: until then AWS bills nothing for a copy.
                    lifecycle=BackupPlanRuleLifecycle(delete_after=settings.backup_days),
                )
            ],
        )
        role = BackupRole(
            self,
            "role",
            names=names,
            cluster_arn=cluster_arn,
            vault_arn=vault.arn,
            key_arn=database_key_arn,
        )
        BackupSelection(
            self,
            "selection",
            name=names.backup_vault,
            plan_id=plan.id,
            iam_role_arn=role.arn,
            resources=[cluster_arn],
            depends_on=[role.policy],
        )


def _daily(settings: Database) -> str:
    """Return the time of the copy as AWS Backup writes it, in UTC."""
    hour, minute = (int(part) for part in settings.copy_time.split(":"))
    return f"cron({minute} {hour} * * ? *)"
