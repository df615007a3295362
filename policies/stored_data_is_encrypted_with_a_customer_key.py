"""What is kept can be read by whoever may use its key, and by nobody else."""

from policies.base import Json, Policy, Resource, reference

KEYS = {
    "aws_backup_vault": ("kms_key_arn",),
    "aws_ecr_repository": ("encryption_configuration", "kms_key"),
    "aws_s3_bucket_server_side_encryption_configuration": (
        "rule",
        "apply_server_side_encryption_by_default",
        "kms_master_key_id",
    ),
    "aws_secretsmanager_secret": ("kms_key_id",),
    "aws_sns_topic": ("kms_master_key_id",),
    "aws_sqs_queue": ("kms_master_key_id",),
}


class StoredDataIsEncryptedWithACustomerKey(Policy):
    """Ensure that secrets, messages, images and objects are encrypted with a customer key."""

    number = 18
    resources = tuple(KEYS)
    keys = ("kms_key_arn", "kms_key_id", "kms_master_key_id", "kms_key")

    def is_met(self, resource: Resource) -> bool | None:
        """Tell whether a key is named, other than the one that AWS manages.

        A load balancer can write its log into no other bucket than one with S3's own encryption.
        """
        if resource.kind.startswith("aws_s3_bucket") and _takes_logs_of_a_load_balancer(resource):
            return None
        key = str(resource.value(*KEYS[resource.kind]) or "")
        return bool(key) and "alias/aws/" not in key


def _takes_logs_of_a_load_balancer(resource: Resource) -> bool:
    if resource.planned:  # which buckets those are is written in the code, and judged there
        return bool(
            resource.value("rule", "apply_server_side_encryption_by_default", "sse_algorithm")
            == "AES256"
        )
    bucket = reference(resource.value("bucket"))
    balancers: Json = resource.document()["resource"].get("aws_lb", {})
    logs = [reference(one.get("access_logs", {}).get("bucket")) for one in balancers.values()]
    return bucket is not None and bucket in logs


check = StoredDataIsEncryptedWithACustomerKey()
