"""What neither restore nor merge may destroy or replace: what holds data, keys or names."""

from __future__ import annotations

import re
from collections.abc import Iterable

# By the beginning of the type: every kind of database, bucket, key, secret, zone and queue.
STATEFUL = (
    "aws_cloudwatch_log_group",
    "aws_db_",
    "aws_dms_replication_",
    "aws_dynamodb_",
    "aws_ebs_",
    "aws_ecr_repository",
    "aws_efs_",
    "aws_kms_key",
    "aws_rds_",
    "aws_route53_record",
    "aws_route53_zone",
    "aws_s3_bucket",
    "aws_secretsmanager_secret",
    "aws_sqs_queue",
    "aws_ssm_parameter",
)
_LOSES = {"delete", "remove", "replace"}
_TYPE = re.compile(r"(?:^|\.)(aws_[a-z0-9_]+)\.")


def losses(actions: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the stateful resources that a plan would destroy or replace, with the action.

    `actions` are addresses with what Terraform's messages say is done to them.
    """
    return tuple(
        f"{action} {address}"
        for address, action in actions
        if action in _LOSES
        and (found := _TYPE.search(address)) is not None
        and found.group(1).startswith(STATEFUL)
    )
