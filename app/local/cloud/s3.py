"""S3: buckets tell that their events go to EventBridge, without which every plan sets it again."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.s3.responses import S3Response

from app.local.cloud.replacing import replace


def adapt() -> None:
    """Adapt moto's S3."""
    get = replace(S3Response, "get_bucket_notification", None)

    def get_bucket_notification(self: S3Response) -> object:
        found = self.backend.get_bucket_notification_configuration(self.bucket_name)
        sends_elsewhere = found is not None and (found.topic or found.queue or found.cloud_function)
        if found is None or found.event_bridge is None or sends_elsewhere:
            return get(self)
        self.data["Action"] = "GetBucketNotificationConfiguration"
        return self.serialized(ActionResult({"EventBridgeConfiguration": {}}))

    replace(S3Response, "get_bucket_notification", get_bucket_notification)
