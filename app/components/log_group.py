"""A CloudWatch log group: how long it keeps, and with which key."""

from __future__ import annotations

from cdktf import TerraformProvider
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct

# A year of logs: what auditors of a migration ask for.
LOG_RETENTION_DAYS = 365


def log_group(
    scope: Construct,
    id_: str,
    *,
    name: str,
    key_arn: str,
    provider: TerraformProvider | None = None,
) -> CloudwatchLogGroup:
    """Create a group before whatever writes to it, which would make it without a retention.

    The key must be of the group's region, which is the provider's.
    """
    return CloudwatchLogGroup(
        scope,
        id_,
        name=name,
        retention_in_days=LOG_RETENTION_DAYS,
        kms_key_id=key_arn,
        provider=provider,
    )
