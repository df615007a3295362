"""The state of a workspace as it is now, read without a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.config.names import Names
from app.pipeline.aws import translated
from app.pipeline.state.document import StateDocument
from app.pipeline.stored import read_object

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def current_state(s3: S3Client, names: Names, workspace: str) -> StateDocument | None:
    """Return what the last apply left; None for a workspace that never was applied. WorldError."""
    with translated(f"reading the state of {workspace}"):
        raw = read_object(s3, bucket=names.state_bucket, key=names.state_key(workspace))
    return None if raw is None else StateDocument.parse(raw)
