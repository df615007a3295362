"""Events and contexts as Lambda hands them over."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import uuid4

from aws_lambda_powertools.utilities.typing import LambdaContext

FUNCTION_ARN = "arn:aws:lambda:us-east-2:123456789012:function:payshift-test"


def lambda_context(seconds: float = 30, *, qualifier: str | None = None) -> LambdaContext:
    """Build the context of an invocation that may take `seconds`, of an alias or version."""
    arn = f"{FUNCTION_ARN}:{qualifier}" if qualifier else FUNCTION_ARN
    return cast("LambdaContext", _Context(seconds, invoked_function_arn=arn))


@dataclass
class _Context:
    """The part of Lambda's context that our functions use, with a real clock."""

    seconds: float
    function_name: str = "payshift-test"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = FUNCTION_ARN
    log_stream_name: str = "2026/11/23/[1]abc"
    aws_request_id: str = field(default_factory=lambda: str(uuid4()))
    started: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left of the invocation."""
        return max(0, int((self.seconds - (time.monotonic() - self.started)) * 1000))


def alb_event(
    method: str,
    path: str,
    body: Any = None,
    *,
    key: str | None = None,
    headers: dict[str, str] | None = None,
    multi_value: bool = False,
    encoded: bool = False,
) -> dict[str, Any]:
    """Build an event of the load balancer; a `body` of text is sent as it is, else as JSON."""
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    sent = {"host": "pay.example.com", "x-amzn-trace-id": "Root=1-test"}
    if body is not None:
        sent["content-type"] = "application/json"
    if key is not None:
        sent["idempotency-key"] = key
    sent |= headers or {}
    event: dict[str, Any] = {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:test"}},
        "httpMethod": method,
        "path": path,
        "body": base64.b64encode(text.encode()).decode() if encoded else text,
        "isBase64Encoded": encoded,
    }
    if multi_value:
        event["multiValueHeaders"] = {name: [value] for name, value in sent.items()}
        event["multiValueQueryStringParameters"] = {}
    else:
        event["headers"] = sent
        event["queryStringParameters"] = {}
    return event
