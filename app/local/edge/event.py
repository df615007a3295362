"""Turns an HTTP request into the event that a load balancer gives a Lambda target."""

from __future__ import annotations

import base64
import json

from aiohttp import web

_TEXT_TYPES = ("application/json", "application/javascript", "application/xml")


def event_of(
    request: web.BaseRequest, *, body: bytes, target_group_arn: str, port: int, trace_id: str
) -> bytes:
    """Return the event as JSON; multi-value headers are off, so the last value counts."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    peer = request.remote or "127.0.0.1"
    before = headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{before}, {peer}" if before else peer
    headers["x-forwarded-proto"] = "https"
    headers["x-forwarded-port"] = str(port)
    headers["x-amzn-trace-id"] = trace_id
    is_text = _is_text(headers)
    path, _, query = request.raw_path.partition("?")
    return json.dumps(
        {
            "requestContext": {"elb": {"targetGroupArn": target_group_arn}},
            "httpMethod": request.method,
            "path": path,
            "queryStringParameters": _parameters(query),
            "headers": headers,
            "body": _text(body) if is_text else base64.b64encode(body).decode("ascii"),
            "isBase64Encoded": not is_text,
        },
        separators=(",", ":"),
    ).encode()


def _is_text(headers: dict[str, str]) -> bool:
    if "content-encoding" in headers:
        return False
    kind = headers.get("content-type", "text/plain").partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in _TEXT_TYPES


def _text(body: bytes) -> str:
    return body.decode("utf-8", errors="replace")


def _parameters(query: str) -> dict[str, str]:
    """Names and values as they were sent, still encoded: a load balancer does not decode them."""
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return {name: value for name, _, value in pairs}
