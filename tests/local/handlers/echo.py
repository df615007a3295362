"""Answers a load balancer's event with the event; breaks in the ways that tests ask for."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with what was received, or do what the path asks for."""
    path = event.get("path", "/")
    if path == "/metrics":
        print(_metric())
    if path == "/log":
        print("a plain log line")
    if path == "/sleep":
        time.sleep(float(event["queryStringParameters"]["seconds"]))
    if path == "/crash":
        os._exit(7)
    if path == "/raise":
        raise ValueError("asked to fail")
    if path == "/malformed":
        return {"no": "status"}
    if path == "/binary":
        body = base64.b64encode(bytes(range(256))).decode()
        return {"statusCode": 200, "body": body, "isBase64Encoded": True}
    answer = {
        "event": event,
        "request_id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "remaining": context.get_remaining_time_in_millis(),
        "pid": os.getpid(),
        "environment": dict(os.environ),
    }
    if path == "/short":
        answer = {"pid": os.getpid()}
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(answer),
        "isBase64Encoded": False,
    }


def _metric() -> str:
    return json.dumps(
        {
            "_aws": {
                "Timestamp": int(time.time() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": "Payshift",
                        "Dimensions": [["Environment", "Site"]],
                        "Metrics": [
                            {"Name": "Requests", "Unit": "Count"},
                            {"Name": "Latency", "Unit": "Milliseconds"},
                        ],
                    }
                ],
            },
            "Environment": "local",
            "Site": "legacy",
            "Requests": 1,
            "Latency": [12.5],
        }
    )
