"""Amazon S3 and Amazon ECR: what is kept, and writing it."""

from __future__ import annotations

from app.pipeline.cost.line import Context
from app.pipeline.cost.registry import Bill, free, priced
from app.pipeline.cost.resource import Resource

free(
    "settings of a bucket; what is kept in it is billed",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_object_lock_configuration",
    "aws_s3_bucket_logging",
    "aws_s3_bucket_acl",
    "aws_s3_account_public_access_block",
)
free(
    "settings of a repository; images and scans on push are billed there or free",
    "aws_ecr_lifecycle_policy",
    "aws_ecr_repository_policy",
)


@priced("aws_s3_bucket", service="S3")
def bucket(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge this bucket's share of objects and writes."""
    usage = context.usage
    kept = context.shared(resource, usage.object_gigabytes)
    written = context.shared(resource, usage.object_writes_per_month)
    bill.add("objects", kept, "s3_gigabyte", how="object_gigabytes, shared by all buckets")
    how = "object_writes_per_month, shared by all buckets"
    bill.add("writes", written / 1000, "s3_writes_thousand", how=how)


@priced("aws_s3_bucket_notification", service="EventBridge")
def notification(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the events of a bucket that EventBridge gets: those that AWS sends on request."""
    if resource.flag("eventbridge"):
        written = context.shared(resource, context.usage.object_writes_per_month)
        how = "object_writes_per_month, shared by all notifications"
        bill.add("events", written / 1e6, "events_million", how=how)


@priced("aws_ecr_repository", service="ECR")
def repository(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the images; basic scanning costs nothing."""
    kept = context.shared(resource, context.usage.image_gigabytes)
    bill.add("images", kept, "ecr_gigabyte", how="image_gigabytes")
