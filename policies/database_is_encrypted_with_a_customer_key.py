"""Payments lie encrypted, with a key that is ours to take away."""

from policies.base import Policy, Resource

KEYS = {
    "aws_db_instance": "kms_key_id",
    "aws_dms_replication_instance": "kms_key_arn",
    "aws_rds_cluster": "kms_key_id",
}
ALWAYS_ENCRYPTED = {"aws_dms_replication_instance"}


class DatabaseIsEncryptedWithACustomerKey(Policy):
    """Ensure that databases and replication are encrypted with a customer-managed key."""

    number = 2
    resources = tuple(KEYS)
    keys = ("storage_encrypted", *sorted(set(KEYS.values())))

    def is_met(self, resource: Resource) -> bool:
        """Tell whether storage is encrypted and a key is named."""
        encrypted = resource.kind in ALWAYS_ENCRYPTED or resource.value("storage_encrypted") is True
        return encrypted and bool(resource.value(KEYS[resource.kind]))


check = DatabaseIsEncryptedWithACustomerKey()
