"""What cannot be made again cannot be destroyed by an apply."""

from policies.base import Policy, Resource

ALWAYS = (
    "aws_backup_vault",
    "aws_dms_replication_task",
    "aws_dynamodb_table",
    "aws_ecr_repository",
    "aws_efs_file_system",
    "aws_kms_key",
    "aws_rds_cluster",
    "aws_route53_hosted_zone_dnssec",
    "aws_route53_key_signing_key",
    "aws_route53_zone",
    "aws_s3_bucket",
    "aws_secretsmanager_secret",
)
IN_A_PHASE = ("aws_route53_record", "aws_ssm_parameter")


class StatefulResourceIsGuardedAgainstDestroy(Policy):
    """Ensure that stateful resources, and what phases share, have prevent_destroy."""

    number = 10
    resources = ALWAYS + IN_A_PHASE
    keys = ("lifecycle",)

    def is_met(self, resource: Resource) -> bool | None:
        """Tell whether it has the guard; in a plan, which does not show it, that it stays."""
        if resource.kind in IN_A_PHASE and not resource.workspace.startswith("phase-"):
            return None
        if resource.planned:
            return "delete" not in resource.changes
        return resource.value("lifecycle", "prevent_destroy") is True


check = StatefulResourceIsGuardedAgainstDestroy()
