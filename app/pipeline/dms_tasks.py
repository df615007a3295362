"""The replication tasks of DMS, as it describes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from app.pipeline.aws import code


def describe_tasks(dms: Any, *, with_settings: bool) -> Mapping[str, Mapping[str, Any]]:  # noqa: ANN401  # boto3's own
    """Return what DMS says of each task of the account, by identifier; without tasks nothing."""
    pages = dms.get_paginator("describe_replication_tasks").paginate(
        WithoutSettings=not with_settings
    )
    try:
        return {
            str(one["ReplicationTaskIdentifier"]): one
            for page in pages
            for one in page["ReplicationTasks"]
        }
    except ClientError as error:
        if code(error) != "ResourceNotFoundFault":  # DMS's word for an empty list
            raise
        return {}
