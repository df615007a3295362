"""Lambda: provisioned copies of an alias, of which moto knows nothing."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import unquote

from moto.awslambda import urls
from moto.awslambda.exceptions import (
    InvalidParameterValueException,
    LambdaClientError,
    UnknownFunctionException,
)
from moto.awslambda.responses import LambdaResponse

from app.local.cloud.replacing import add

_PATH = r"/functions/(?P<function_name>[\w_:%-]+)/provisioned-concurrency/?$"
_NAME = re.compile(r"/functions/([^/]+)/provisioned-concurrency")
_OPERATIONS = (
    "put_provisioned_concurrency_config",
    "get_provisioned_concurrency_config",
    "delete_provisioned_concurrency_config",
)

_PROVISIONED_ALREADY = (
    "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned "
    "version"
)
_MORE_THAN_RESERVED = (
    "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution "
    "for function"
)

Answer = tuple[int, dict[str, str], str]


class _Conflict(LambdaClientError):
    code = HTTPStatus.CONFLICT


def adapt() -> None:
    """Adapt moto's Lambda. Copies are ready at once; how many run is up to the runtime host.

    As in AWS, a version has one configuration, and no more copies than its function reserves.
    """
    configurations: dict[tuple[str, str], dict[str, object]] = {}

    def put(self: LambdaResponse) -> Answer:
        name, qualifier = key = _key(self)
        function = self.backend.get_function(f"{name}:{qualifier}")
        others = [other for its, other in configurations if its == name and other != qualifier]
        if any(_version(self, name, other) == str(function.version) for other in others):
            raise _Conflict("ResourceConflictException", _PROVISIONED_ALREADY)
        wanted = int(json.loads(self.body)["ProvisionedConcurrentExecutions"])
        reserved = self.backend.get_function(name).reserved_concurrency
        if reserved is not None and wanted > int(reserved):
            raise InvalidParameterValueException(_MORE_THAN_RESERVED)
        configurations[key] = _configuration(wanted)
        return HTTPStatus.ACCEPTED, {}, json.dumps(configurations[key])

    def get(self: LambdaResponse) -> Answer:
        return HTTPStatus.OK, {}, json.dumps(_find(configurations, _key(self)))

    def delete(self: LambdaResponse) -> Answer:
        configurations.pop(_key(self), None)
        return HTTPStatus.NO_CONTENT, {}, ""

    urls.url_paths[r"{0}/(?P<api_version>[^/]+)" + _PATH] = LambdaResponse.dispatch
    for operation, function in zip(_OPERATIONS, (put, get, delete), strict=True):
        add(LambdaResponse, operation, function)


def _key(response: LambdaResponse) -> tuple[str, str]:
    """Read which function and which alias or version is meant."""
    found = _NAME.search(response.path)
    name = unquote(found[1]) if found else ""
    return name.rpartition(":")[2], str(response.querystring["Qualifier"][0])


def _version(response: LambdaResponse, name: str, qualifier: str) -> str | None:
    """Return the version that an alias means now, None for one that is gone."""
    try:
        return str(response.backend.get_function(f"{name}:{qualifier}").version)
    except UnknownFunctionException:
        return None


def _find(
    configurations: dict[tuple[str, str], dict[str, object]], key: tuple[str, str]
) -> dict[str, object]:
    if key not in configurations:
        raise LambdaClientError(
            "ProvisionedConcurrencyConfigNotFoundException",
            "No Provisioned Concurrency Config found for this function",
        )
    return configurations[key]


def _configuration(copies: int) -> dict[str, object]:
    return {
        "RequestedProvisionedConcurrentExecutions": copies,
        "AllocatedProvisionedConcurrentExecutions": copies,
        "AvailableProvisionedConcurrentExecutions": copies,
        "Status": "READY",
        "LastModified": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }
