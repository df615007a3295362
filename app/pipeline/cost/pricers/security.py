"""AWS KMS, Secrets Manager, IAM and ACM."""

from __future__ import annotations

from app.pipeline.cost.line import Context
from app.pipeline.cost.registry import Bill, free, priced
from app.pipeline.cost.resource import Resource

free("a name or a policy of a key, which is billed", "aws_kms_alias", "aws_kms_key_policy")
free("a grant only permits", "aws_kms_grant")
free(
    "settings of a secret; the rotation function's runs are billed as Lambda's",
    "aws_secretsmanager_secret_rotation",
    "aws_secretsmanager_secret_policy",
    "aws_secretsmanager_secret_version",
)
free(
    "IAM costs nothing",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_iam_role_policies_exclusive",
    "aws_iam_role_policy_attachments_exclusive",
    "aws_iam_policy",
    "aws_iam_policy_attachment",
    "aws_iam_openid_connect_provider",
    "aws_iam_service_linked_role",
)
free(
    "public certificates of ACM cost nothing",
    "aws_acm_certificate",
    "aws_acm_certificate_validation",
)


@priced("aws_kms_key", service="KMS")
def key(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the key, its rotations so far, and its share of the requests."""
    usage = context.usage
    rotations = usage.key_rotations if resource.flag("enable_key_rotation") else 0
    bill.add("key", 1, "kms_key", how="one")
    bill.add("rotated key material", rotations, "kms_key", how="key_rotations, of two at most")
    requests = context.shared(resource, usage.key_requests_per_month)
    how = "key_requests_per_month, shared by all keys"
    bill.add("requests", requests / 10_000, "kms_requests_ten_thousand", how=how)


@priced("aws_secretsmanager_secret", service="Secrets Manager")
def secret(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the secret and its share of the reads."""
    reads = context.shared(resource, context.usage.secret_reads_per_month)
    how = "secret_reads_per_month, shared by all secrets"
    bill.add("secret", 1, "secret", how="one")
    bill.add("reads", reads / 10_000, "secret_reads_ten_thousand", how=how)
