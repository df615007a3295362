"""Lambda: images must be in their registry, configurations are whole, invocations run for real."""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import ImageConfig, LambdaFunction
from moto.ecr.models import ecr_backends

from app.local.cloud.functions import Functions, FunctionsUnavailable
from app.local.cloud.replacing import replace

# Parts of a configuration that moto forgets.
_FORGOTTEN = ("DeadLetterConfig",)
_KEPT = "payshift_configuration"
_NOT_FOUND = 404
_THROTTLED = 429


def adapt(functions: Functions) -> None:
    """Adapt moto's Lambda."""
    _remember_configurations()
    set_code = replace(LambdaFunction, "_set_function_code", None)
    update = replace(LambdaFunction, "update_configuration", None)

    def set_function_code(self: LambdaFunction, spec: dict[str, Any]) -> None:
        uri = spec.get("ImageUri")
        if uri:
            _require_image(self, uri)
        set_code(self, spec)
        if uri:
            _, _, digest = uri.partition("@sha256:")
            self.code_sha_256 = digest or self.code_sha_256
            self.code_digest = self.code_sha_256
            self.code_bytes = b""

    def update_configuration(self: LambdaFunction, updates: dict[str, Any]) -> dict[str, Any]:
        if "ImageConfig" in updates:
            self.image_config = ImageConfig(updates["ImageConfig"])
        if "TracingConfig" in updates:
            self.tracing_config = updates["TracingConfig"]
        if "EphemeralStorage" in updates:
            self.ephemeral_storage = updates["EphemeralStorage"]["Size"]
        result: dict[str, Any] = update(self, updates)
        return result

    def invoke(
        self: LambdaFunction,
        body: str | bytes,
        request_headers: Mapping[str, str],
        response_headers: MutableMapping[str, str],
    ) -> bytes:
        return _invoke(functions, self, body, request_headers, response_headers)

    replace(LambdaFunction, "_set_function_code", set_function_code)
    replace(LambdaFunction, "update_configuration", update_configuration)
    replace(LambdaFunction, "invoke", invoke)


def _require_image(function: LambdaFunction, uri: str) -> None:
    """Refuse an image that nobody has put into the account's registry, as AWS does."""
    place, _, digest = uri.partition("@")
    repositories = ecr_backends[function.account_id][function.region].repositories
    found = repositories.get(place.partition("/")[2])
    if found is None or digest not in {one.get_image_digest() for one in found.images}:
        message = f"Source image {uri} does not exist. Provide a valid source image."
        raise LambdaClientError("InvalidParameterValueException", message)


def _remember_configurations() -> None:
    """Keep and tell what moto forgets. A version is a copy, and keeps what it was made with."""
    create = replace(LambdaFunction, "__init__", None)
    update = replace(LambdaFunction, "update_configuration", None)
    describe = replace(LambdaFunction, "get_configuration", None)

    def keep(function: LambdaFunction, spec: Mapping[str, Any]) -> None:
        known: dict[str, Any] = getattr(function, _KEPT, {})
        given = {name: spec[name] for name in _FORGOTTEN if name in spec}
        setattr(function, _KEPT, known | given)

    def __init__(  # noqa: N807 - takes the place of moto's
        self: LambdaFunction, *, spec: dict[str, Any], **named: object
    ) -> None:
        create(self, spec=spec, **named)
        keep(self, spec)

    def update_configuration(self: LambdaFunction, updates: dict[str, Any]) -> dict[str, Any]:
        keep(self, updates)
        result: dict[str, Any] = update(self, updates)
        return result

    def get_configuration(self: LambdaFunction, **named: bool) -> dict[str, Any]:
        result: dict[str, Any] = describe(self, **named)
        kept: dict[str, Any] = getattr(self, _KEPT)
        return result | kept

    replace(LambdaFunction, "__init__", __init__)
    replace(LambdaFunction, "update_configuration", update_configuration)
    replace(LambdaFunction, "get_configuration", get_configuration)


def _invoke(
    functions: Functions,
    function: LambdaFunction,
    body: str | bytes,
    request_headers: Mapping[str, str],
    response_headers: MutableMapping[str, str],
) -> bytes:
    kind = request_headers.get("X-Amz-Invocation-Type", "RequestResponse")
    if kind == "DryRun":
        return b""
    _, _, qualifier = function.function_arn.partition(f"function:{function.function_name}:")
    try:
        invoked = functions.invoke(
            function=function.function_name,
            qualifier=qualifier or None,
            payload=body.encode() if isinstance(body, str) else body,
            headers={
                name: request_headers[name]
                for name in ("X-Amz-Invocation-Type", "X-Amz-Client-Context")
                if name in request_headers
            },
        )
    except FunctionsUnavailable as error:
        raise LambdaClientError("ServiceException", str(error)) from error
    if invoked.status == _NOT_FOUND:
        raise LambdaClientError("ResourceNotFoundException", _message(invoked.payload))
    if invoked.status == _THROTTLED:
        raise LambdaClientError("TooManyRequestsException", _message(invoked.payload))
    if invoked.function_error:
        response_headers["X-Amz-Function-Error"] = invoked.function_error
    response_headers["X-Amz-Executed-Version"] = str(function.version)
    return invoked.payload


def _message(payload: bytes) -> str:
    return str(json.loads(payload).get("Message", ""))
