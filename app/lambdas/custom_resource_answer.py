"""The answer to CloudFormation: a PUT to the address in its request, at most 4 KB, given once."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping

import urllib3
from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent

from app.errors import WorldError

LIMIT_BYTES = 4096

_RETRIES = urllib3.Retry(
    total=4,
    backoff_factor=0.2,
    status_forcelist=(429, 500, 502, 503, 504),
    allowed_methods={"PUT"},
    raise_on_status=False,
)
_TIMEOUT = urllib3.Timeout(connect=2, read=5)


class Answer:
    """One request's answer; the first `send` counts, later ones do nothing."""

    def __init__(
        self, request: CloudFormationCustomResourceEvent, *, log_stream: str, physical_id: str
    ) -> None:
        self._request = request
        self._log_stream = log_stream
        self._physical_id = physical_id
        self._lock = threading.Lock()
        self._sent = False

    def send(self, *, success: bool, reason: str, data: Mapping[str, str] | None = None) -> None:
        """Give the answer. WorldError when CloudFormation's address does not take it."""
        with self._lock:
            if self._sent:
                return
            body = self.body(success=success, reason=reason, data=data or {})
            _put(self._request.response_url, body)
            self._sent = True

    def body(self, *, success: bool, reason: str, data: Mapping[str, str]) -> bytes:
        """Return the document; a reason that is too long loses its last lines, and says so."""
        total = reason.count("\n") + 1
        lines = reason[:LIMIT_BYTES].split("\n")
        # The last line may be half: then it has to go in any case.
        whole = len(lines) if len(reason) <= LIMIT_BYTES else len(lines) - 1
        for kept in range(whole, 0, -1):
            text = "\n".join(lines[:kept])
            if kept < total:
                text += f"\n… {total - kept} more lines in log stream {self._log_stream}"
            body = self._document(success=success, reason=text, data=data)
            if len(body) <= LIMIT_BYTES:
                return body
        # Not even the first line fits (an escaped character takes at most 6 bytes of the document).
        spare = LIMIT_BYTES - len(self._document(success=success, reason="", data=data))
        return self._document(success=success, reason=lines[0][: max(0, spare // 6)], data=data)

    def _document(self, *, success: bool, reason: str, data: Mapping[str, str]) -> bytes:
        document = {
            "Status": "SUCCESS" if success else "FAILED",
            "Reason": reason or f"see log stream {self._log_stream}",
            "PhysicalResourceId": self._physical_id,
            "StackId": self._request.stack_id,
            "RequestId": self._request.request_id,
            "LogicalResourceId": self._request.logical_resource_id,
            "Data": dict(data),
        }
        return json.dumps(document).encode()


def _put(url: str, body: bytes) -> None:
    # The address is signed for an empty content type.
    headers = {"Content-Type": ""}
    try:
        with urllib3.PoolManager(retries=_RETRIES, timeout=_TIMEOUT) as pool:
            response = pool.request("PUT", url, body=body, headers=headers)
    except urllib3.exceptions.HTTPError as error:
        # Not the address itself: its query is a credential.
        message = f"CloudFormation's address cannot be reached: {type(error).__name__}"
        raise WorldError(
            message, remedy="give the function a way to S3 (gateway endpoint)"
        ) from error
    if response.status >= 300:  # noqa: PLR2004 - anything but success
        message = f"CloudFormation's address refused the answer: HTTP {response.status}"
        raise WorldError(
            message, remedy="its signature may have expired; cancel the stack's update"
        )
