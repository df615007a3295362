"""The state of a workspace as it is now, read without a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from app.config.names import Names
from app.pipeline.aws import code, translated
from app.pipeline.state.document import StateDocument

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABSENT = {"NoSuchKey", "NoSuchBucket", "404"}


def current_state(s3: S3Client, names: Names, workspace: str) -> StateDocument | None:
    """Return what the last apply left; None for a workspace that never was applied. WorldError."""
    with translated(f"reading the state of {workspace}"):
        try:
            answer = s3.get_object(Bucket=names.state_bucket, Key=names.state_key(workspace))
        except ClientError as error:
            if code(error) in _ABSENT:
                return None
            raise
        return StateDocument.parse(answer["Body"].read())
