"""What cannot be made again keeps its identity, and refuses its own deletion where AWS lets it."""

from policies.base import Policy, Resource

# A name that Terraform makes up, or one that changes, is a new resource at some later apply.
PREFIXES = ("bucket_prefix", "cluster_identifier_prefix", "name_prefix")
PROTECTED = ("aws_lb", "aws_rds_cluster")


class StatefulResourceIsGuardedAgainstReplacement(Policy):
    """Ensure that stateful resources keep their identity and cannot be emptied or deleted."""

    number = 11
    resources = (
        "aws_dms_replication_task",
        "aws_ecr_repository",
        "aws_kms_key",
        "aws_lb",
        "aws_rds_cluster",
        "aws_route53_zone",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
    )
    keys = (*PREFIXES, "deletion_protection", "force_destroy", "lifecycle", "skip_final_snapshot")

    def is_met(self, resource: Resource) -> bool:
        """Tell whether nothing about it invites a replacement."""
        protection = {"aws_lb": "enable_deletion_protection"}.get(
            resource.kind, "deletion_protection"
        )
        return not (
            any(resource.value(prefix) for prefix in PREFIXES)
            or resource.value("force_destroy") is True
            or resource.value("force_delete") is True
            or resource.value("skip_final_snapshot") is True
            or resource.value("lifecycle", "replace_triggered_by")
            or (resource.kind in PROTECTED and resource.value(protection) is not True)
        )


check = StatefulResourceIsGuardedAgainstReplacement()
