"""Objects of S3 that may be there or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from app.pipeline.aws import code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ABSENT = frozenset({"NoSuchKey", "NoSuchBucket", "404"})


def read_object(s3: S3Client, *, bucket: str, key: str) -> bytes | None:
    """Return an object's content; None while there is no such object, or not even its bucket.

    botocore's other errors are passed on.
    """
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if code(error) in ABSENT:
            return None
        raise
