"""A bucket for records: versioned, encrypted, closed to the public, reached by TLS only."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import (
    S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration,
)
from constructs import Construct

from app.components.policy_document import Statement, policy_document


class PrivateBucket(Construct):
    """A guarded bucket whose every object keeps its versions and its encryption key."""

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)
        bucket = S3Bucket(
            self,
            "bucket",
            bucket=name,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        S3BucketVersioningA(
            self,
            "versioning",
            bucket=bucket.id,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        S3BucketServerSideEncryptionConfigurationA(
            self, "encryption", bucket=bucket.id, rule=[_encrypted_by_kms()]
        )
        closed = S3BucketPublicAccessBlock(
            self,
            "closed",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        # AWS refuses two of these writes to one bucket at the same moment.
        S3BucketPolicy(
            self, "policy", bucket=bucket.id, policy=_tls_only(name), depends_on=[closed]
        )


def _encrypted_by_kms() -> S3BucketServerSideEncryptionConfigurationRuleA:
    by_kms = S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
        sse_algorithm="aws:kms"
    )
    return S3BucketServerSideEncryptionConfigurationRuleA(
        apply_server_side_encryption_by_default=by_kms, bucket_key_enabled=True
    )


def _tls_only(bucket: str) -> str:
    arn = f"arn:aws:s3:::{bucket}"
    return policy_document(
        Statement(
            sid="RefusePlainText",
            effect="Deny",
            principal={"AWS": "*"},
            actions=("s3:*",),
            resources=(arn, f"{arn}/*"),
            condition={"Bool": {"aws:SecureTransport": "false"}},
        )
    )
