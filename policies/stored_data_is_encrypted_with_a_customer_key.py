"""What is kept can be read by whoever may use its key, and by nobody else."""

from policies.base import Policy, Resource

KEYS = {
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
    keys = ("kms_key_id", "kms_master_key_id", "kms_key")

    def is_met(self, resource: Resource) -> bool:
        """Tell whether a key is named, other than the one that AWS manages."""
        key = str(resource.value(*KEYS[resource.kind]) or "")
        return bool(key) and "alias/aws/" not in key


check = StoredDataIsEncryptedWithACustomerKey()
