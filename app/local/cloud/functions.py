"""Hands invocations over HTTP to the runtime host, which registers itself here."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit


class FunctionsUnavailable(Exception):
    """No runtime host answers."""


@dataclass(frozen=True, slots=True)
class Invoked:
    """The runtime host's answer."""

    status: int
    payload: bytes
    function_error: str | None


class Functions:
    """The door to the runtime host."""

    def __init__(self, *, url: str | None) -> None:
        self.url = url

    def invoke(
        self,
        *,
        function: str,
        payload: bytes,
        qualifier: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 900,
    ) -> Invoked:
        """Run a function and wait for its answer. Raises FunctionsUnavailable."""
        if self.url is None:
            raise FunctionsUnavailable("no runtime host has registered with the local cloud")
        place = urlsplit(self.url)
        path = f"/functions/{quote(function, safe='')}/invocations"
        if qualifier:
            path += f"?qualifier={quote(qualifier, safe='')}"
        connection = http.client.HTTPConnection(
            place.hostname or "127.0.0.1", place.port, timeout=timeout_seconds
        )
        try:
            connection.request("POST", path, body=payload, headers=dict(headers or {}))
            response = connection.getresponse()
            error = response.getheader("X-Amz-Function-Error")
            return Invoked(response.status, response.read(), error)
        except (OSError, http.client.HTTPException) as error:
            raise FunctionsUnavailable(
                f"the runtime host at {self.url} is away: {error}"
            ) from error
        finally:
            connection.close()
