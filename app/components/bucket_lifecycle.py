"""What a bucket forgets, and when. Current versions are never among it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from constructs import Construct

ABANDONED_UPLOAD_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetVersions:
    """Versions below `prefix` that something newer replaced go after so many days.

    S3 matches the beginning of a key only, never its end.
    """

    id: str
    prefix: str
    after_days: int


def bucket_lifecycle(
    scope: Construct,
    id_: str,
    *,
    bucket: str,
    rules: Sequence[ForgetVersions],
    depends_on: Sequence[ITerraformDependable],
) -> ITerraformDependable:
    """Apply the rules, and let go of what an upload that never ended has left."""
    return S3BucketLifecycleConfiguration(
        scope,
        id_,
        bucket=bucket,
        rule=[_abandoned_uploads(), *map(_forget, rules)],
        depends_on=list(depends_on),
    )


def _abandoned_uploads() -> S3BucketLifecycleConfigurationRule:
    return S3BucketLifecycleConfigurationRule(
        id="abandoned-uploads",
        status="Enabled",
        filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
        abort_incomplete_multipart_upload=[
            S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(
                days_after_initiation=ABANDONED_UPLOAD_DAYS
            )
        ],
    )


def _forget(rule: ForgetVersions) -> S3BucketLifecycleConfigurationRule:
    return S3BucketLifecycleConfigurationRule(
        id=rule.id,
        status="Enabled",
        filter=[S3BucketLifecycleConfigurationRuleFilter(prefix=rule.prefix)],
        noncurrent_version_expiration=[
            S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(
                noncurrent_days=rule.after_days
            )
        ],
        # A delete marker whose versions are gone hides nothing.
        expiration=[
            S3BucketLifecycleConfigurationRuleExpiration(expired_object_delete_marker=True)
        ],
    )
