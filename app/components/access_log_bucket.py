"""A bucket for the access logs of a load balancer, which can write to no other kind."""

from __future__ import annotations

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from cdktf_cdktf_provider_aws.s3_bucket_notification import S3BucketNotification
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
from app.config.names import Names

ABANDONED_UPLOAD_DAYS = 7
# Logs are never written twice: an older version is one that someone replaced or deleted.
REPLACED_VERSION_DAYS = 90


class AccessLogBucket(Construct):
    """Guarded, versioned, closed to the public, reached by TLS only. Offers `name` and `policy`.

    Encrypted with S3's own keys: load balancers know no customer key. Whoever logs into it must
    depend on `policy`.
    """

    def __init__(self, scope: Construct, id_: str, *, names: Names, kept_days: int) -> None:
        super().__init__(scope, id_)
        bucket = S3Bucket(
            self,
            "bucket",
            bucket=names.access_log_bucket,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        self.name: str = bucket.id
        versioning = S3BucketVersioningA(
            self,
            "versioning",
            bucket=self.name,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        S3BucketServerSideEncryptionConfigurationA(
            self, "encryption", bucket=self.name, rule=[_encrypted_by_s3()]
        )
        S3BucketLifecycleConfiguration(
            self,
            "expiry",
            bucket=self.name,
            rule=[_expiry(kept_days)],
            depends_on=[versioning],
        )
        # Deletions become events, from which alarms can be made.
        S3BucketNotification(self, "events", bucket=self.name, eventbridge=True)
        self.policy = self._close(names)

    def _close(self, names: Names) -> ITerraformDependable:
        closed = S3BucketPublicAccessBlock(
            self,
            "closed",
            bucket=self.name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        # AWS refuses two of these writes to one bucket at the same moment.
        return S3BucketPolicy(
            self, "policy", bucket=self.name, policy=_policy(names), depends_on=[closed]
        )


def _encrypted_by_s3() -> S3BucketServerSideEncryptionConfigurationRuleA:
    by_s3 = S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
        sse_algorithm="AES256"
    )
    return S3BucketServerSideEncryptionConfigurationRuleA(
        apply_server_side_encryption_by_default=by_s3
    )


def _expiry(kept_days: int) -> S3BucketLifecycleConfigurationRule:
    return S3BucketLifecycleConfigurationRule(
        id="expiry",
        status="Enabled",
        filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
        expiration=[S3BucketLifecycleConfigurationRuleExpiration(days=kept_days)],
        noncurrent_version_expiration=[
            S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(
                noncurrent_days=REPLACED_VERSION_DAYS
            )
        ],
        abort_incomplete_multipart_upload=[
            S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(
                days_after_initiation=ABANDONED_UPLOAD_DAYS
            )
        ],
    )


def _policy(names: Names) -> str:
    arn = f"arn:aws:s3:::{names.access_log_bucket}"
    return policy_document(
        Statement(
            sid="WriteAccessLogs",
            principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            actions=("s3:PutObject",),
            resources=(f"{arn}/AWSLogs/{names.account_id}/*",),
        ),
        Statement(
            sid="RefusePlainText",
            effect="Deny",
            principal={"AWS": "*"},
            actions=("s3:*",),
            resources=(arn, f"{arn}/*"),
            condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )
