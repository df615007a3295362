"""Turns a handler's answer into an HTTP response, as strictly as a load balancer does."""

from __future__ import annotations

import base64
import binascii
import json
from http import HTTPStatus

from aiohttp import web

from app.local.runtime.invocation import Answer

_LARGEST_BODY = 1024 * 1024
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade"})
SERVER = {"Server": "awselb/2.0"}


def page(status: HTTPStatus) -> web.Response:
    """Return the load balancer's own error page."""
    title = f"{status.value} {status.phrase}"
    html = f"<html>\n<head><title>{title}</title></head>\n<body><h1>{title}</h1></body>\n</html>\n"
    return web.Response(status=status, text=html, content_type="text/html", headers=SERVER)


def response_of(answer: Answer) -> web.Response:
    """Return the handler's response; 502 for a function error or anything malformed."""
    if answer.function_error:
        return page(HTTPStatus.BAD_GATEWAY)
    try:
        document = json.loads(answer.payload)
        status = document["statusCode"]
        headers = {str(name): str(value) for name, value in (document.get("headers") or {}).items()}
        body = _body(document)
    except (ValueError, TypeError, KeyError, AttributeError):
        return page(HTTPStatus.BAD_GATEWAY)
    valid = isinstance(status, int) and 100 <= status <= 599  # noqa: PLR2004 - HTTP's range
    if not valid or len(body) > _LARGEST_BODY:
        return page(HTTPStatus.BAD_GATEWAY)
    return _response(status=status, headers=headers, body=body)


def _body(document: dict[str, object]) -> bytes:
    body = document.get("body") or ""
    if not isinstance(body, str):
        raise TypeError("the body must be a string")
    if not document.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise ValueError("the body is not base64") from error


def _response(*, status: int, headers: dict[str, str], body: bytes) -> web.Response:
    response = web.Response(status=status, body=body, headers=SERVER)
    response.headers.popall("Content-Type", None)
    for name, value in headers.items():
        if name.lower() not in _HOP_BY_HOP and name.lower() != "content-length":
            response.headers[name] = value
    if "Content-Type" not in response.headers:
        response.headers["Content-Type"] = "application/octet-stream"
    return response
