"""Calls the function behind a custom resource and waits for what it PUTs to the response URL."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.local.cloud.cloudformation.callbacks import Callback, Callbacks
from app.local.cloud.functions import Functions, FunctionsUnavailable

_LONGEST_SECONDS = 3600
_FUNCTION_PART = 6
_ACCEPTED = 300


class CustomResourceFailed(Exception):
    """The function answered FAILED, or no answer came. The message is the event's reason."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A SUCCESS."""

    physical_id: str | None
    data: Mapping[str, Any]


@dataclass(slots=True)
class CustomResourceService:
    """Delivers Create, Update and Delete. `response_base` is where the response URLs begin."""

    functions: Functions
    callbacks: Callbacks
    retry_seconds: tuple[float, ...]
    deliveries: int = 1
    response_base: str = ""

    def call(self, *, event: Mapping[str, Any], properties: Mapping[str, Any]) -> Answer:
        """Deliver one event and wait up to its ServiceTimeout. Raises CustomResourceFailed."""
        callback = self.callbacks.open()
        request_id = str(uuid.uuid4())
        document = {
            **event,
            "RequestId": request_id,
            "ResponseURL": f"{self.response_base}/{callback.token}",
        }
        token = str(properties["ServiceToken"])
        timeout = min(float(properties.get("ServiceTimeout") or _LONGEST_SECONDS), _LONGEST_SECONDS)
        for _ in range(self.deliveries):
            threading.Thread(
                target=self._deliver, args=(token, document, callback), daemon=True
            ).start()
        try:
            answered = callback.wait(seconds=timeout)
        finally:
            self.callbacks.close(callback)
        if not answered:
            raise CustomResourceFailed(
                "CloudFormation did not receive a response from your Custom Resource. Please check "
                f"your logs for requestId [{request_id}]. (ServiceTimeout was {timeout:g} s.)"
            )
        return _outcome(callback, request_id)

    def _deliver(self, token: str, document: Mapping[str, Any], callback: Callback) -> None:
        """Invoke as Lambda does asynchronously: again after a failure, at most twice."""
        function, qualifier = _function_of(token)
        payload = json.dumps(document).encode()
        failure = ""
        for delay in (0.0, *self.retry_seconds):
            time.sleep(delay)
            try:
                invoked = self.functions.invoke(
                    function=function, qualifier=qualifier, payload=payload
                )
            except FunctionsUnavailable as error:
                failure = str(error)
                continue
            if invoked.status < _ACCEPTED and invoked.function_error is None:
                return
            failure = invoked.payload.decode(errors="replace")
        callback.settle(failure=f"The function {function} failed without an answer: {failure}")


def _outcome(callback: Callback, request_id: str) -> Answer:
    if callback.answer is None:
        raise CustomResourceFailed(f"{callback.failure} (RequestId: {request_id})")
    answer = callback.answer
    if answer.get("Status") != "SUCCESS":
        raise CustomResourceFailed(
            "Received response status [FAILED] from custom resource. Message returned: "
            f"{answer.get('Reason') or 'no reason given'} (RequestId: {request_id})"
        )
    return Answer(physical_id=answer.get("PhysicalResourceId"), data=answer.get("Data") or {})


def _function_of(token: str) -> tuple[str, str | None]:
    """Read a function's name and alias from its ARN, or take the name as it is."""
    parts = token.split(":")
    if len(parts) <= _FUNCTION_PART:
        return token, None
    alias = parts[_FUNCTION_PART + 1] if len(parts) > _FUNCTION_PART + 1 else None
    return parts[_FUNCTION_PART], alias
