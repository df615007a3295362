"""A bucket for records: versioned, encrypted, closed to the public, reached by TLS only."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_logging import S3BucketLoggingA
from cdktf_cdktf_provider_aws.s3_bucket_notification import S3BucketNotification
from cdktf_cdktf_provider_aws.s3_bucket_object_lock_configuration import (
    S3BucketObjectLockConfigurationA,
    S3BucketObjectLockConfigurationRuleA,
    S3BucketObjectLockConfigurationRuleDefaultRetentionA,
)
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

from app.components.bucket_lifecycle import ForgetVersions, bucket_lifecycle
from app.components.policy_document import Statement, policy_document


class PrivateBucket(Construct):
    """A guarded bucket whose every object keeps its versions and its customer key.

    With `lock_days`, no version can be deleted or replaced before that many days (governance
    mode). `forgets` names the replaced versions that may go. With `access_log_bucket`, S3 writes
    there who asked for what, below the bucket's own name. Changes of objects become events of
    EventBridge's default bus, from which alarms can be made. Offers `name` and `arn`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        key_arn: str,
        lock_days: int | None = None,
        forgets: Sequence[ForgetVersions] = (),
        access_log_bucket: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        bucket = S3Bucket(
            self,
            "bucket",
            bucket=name,
            # Only a new bucket can be given a lock.
            object_lock_enabled=lock_days is not None,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        self.name: str = bucket.id
        self.arn: str = bucket.arn
        versioning = S3BucketVersioningA(
            self,
            "versioning",
            bucket=self.name,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        S3BucketServerSideEncryptionConfigurationA(
            self, "encryption", bucket=self.name, rule=[_encrypted_by(key_arn)]
        )
        if lock_days is not None:
            self._lock(lock_days, versioning)
        bucket_lifecycle(
            self, "lifecycle", bucket=self.name, rules=forgets, depends_on=[versioning]
        )
        S3BucketNotification(self, "events", bucket=self.name, eventbridge=True)
        if access_log_bucket is not None:
            S3BucketLoggingA(
                self,
                "access-log",
                bucket=self.name,
                target_bucket=access_log_bucket,
                target_prefix=f"s3/{name}/",
            )
        self._close(name)

    def _lock(self, days: int, versioning: ITerraformDependable) -> None:
        S3BucketObjectLockConfigurationA(
            self,
            "lock",
            bucket=self.name,
            rule=S3BucketObjectLockConfigurationRuleA(
                default_retention=S3BucketObjectLockConfigurationRuleDefaultRetentionA(
                    mode="GOVERNANCE", days=days
                )
            ),
            depends_on=[versioning],
        )

    def _close(self, name: str) -> None:
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
        S3BucketPolicy(
            self, "policy", bucket=self.name, policy=_tls_only(name), depends_on=[closed]
        )


def _encrypted_by(key_arn: str) -> S3BucketServerSideEncryptionConfigurationRuleA:
    by_kms = S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
        sse_algorithm="aws:kms", kms_master_key_id=key_arn
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
