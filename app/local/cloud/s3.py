"""S3: a bucket tells that it sends its events to EventBridge; a free key is taken by one only.

The lock of a bucket that holds something already can be configured.
"""

from __future__ import annotations

import re
import threading
from typing import Any

from moto.s3.exceptions import BucketNeedsToBeNew
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response

from app.local.cloud.replacing import replace

# With nothing else in it the element closes itself.
_END = re.compile(r"</NotificationConfiguration>|(<NotificationConfiguration[^>]*?)\s*/>")
_EVENTS = r"<EventBridgeConfiguration></EventBridgeConfiguration></NotificationConfiguration>"


def adapt() -> None:
    """Adapt moto's S3."""
    describe = replace(S3Response, "get_bucket_notification", None)

    def get_bucket_notification(self: S3Response) -> Any:  # noqa: ANN401 - what moto answers
        status, headers, body = describe(self)
        found = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if found is None or found.event_bridge is None:
            return status, headers, body
        text = body.decode() if isinstance(body, bytes) else body
        return status, headers, _END.sub(_with_events, text)

    replace(S3Response, "get_bucket_notification", get_bucket_notification)
    _make_conditional_puts_exclusive()
    _let_locks_be_configured_late()


def _let_locks_be_configured_late() -> None:
    """Take the configuration of a lock as AWS has done since November 2023, however full it is."""
    put = replace(S3Backend, "put_object_lock_configuration", None)

    def put_object_lock_configuration(
        self: S3Backend,
        bucket_name: str,
        lock_enabled: bool,  # noqa: FBT001 - as moto calls it
        *rule: Any,  # noqa: ANN401 - mode, days, years
    ) -> None:
        try:
            put(self, bucket_name, lock_enabled, *rule)
        except BucketNeedsToBeNew:
            bucket = self.get_bucket(bucket_name)
            bucket.object_lock_enabled = bucket.object_lock_enabled or lock_enabled
            bucket.default_lock_mode, bucket.default_lock_days, bucket.default_lock_years = rule

    replace(S3Backend, "put_object_lock_configuration", put_object_lock_configuration)


def _make_conditional_puts_exclusive() -> None:
    """Let no request in between another one's look whether a key is free and its taking it."""
    put, free = replace(S3Response, "put_object", None), threading.Lock()

    def put_object(self: S3Response) -> Any:  # noqa: ANN401 - what moto answers
        with free:
            return put(self)

    replace(S3Response, "put_object", put_object)


def _with_events(end: re.Match[str]) -> str:
    return f"{end.group(1)}>{_EVENTS}" if end.group(1) else _EVENTS
