"""Objects of S3 that may be there or not, asked over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from app.pipeline import aws
from app.pipeline.stored import read_object
from tests.pipeline.conftest import Place


def test_what_is_not_there_is_none_and_what_is_empty_is_not(place: Place) -> None:
    s3, bucket = aws.s3(place.target.environment), place.target.names.state_bucket
    assert read_object(s3, bucket=bucket, key="some") is None
    assert read_object(s3, bucket="payshift-no-such-bucket", key="some") is None
    s3.put_object(Bucket=bucket, Key="some", Body=b"")
    assert read_object(s3, bucket=bucket, key="some") == b""


def test_a_refusal_is_no_absence(place: Place) -> None:
    s3: Any = aws.s3(place.target.environment)
    bucket = place.target.names.state_bucket

    def refuse(**_: object) -> object:
        class Http:
            status_code = 403

        return Http(), {"Error": {"Code": "AccessDenied", "Message": "no"}}

    s3.meta.events.register("before-call.s3.GetObject", refuse)
    with pytest.raises(ClientError, match="AccessDenied"):
        read_object(s3, bucket=bucket, key="some")
