"""The response URLs that CloudFormation gives to functions, and what functions PUT there."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

_LONGEST_ANSWER = 4096


@dataclass(slots=True)
class Callback:
    """One expected answer. The first answer or failure counts."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    answer: dict[str, Any] | None = None
    failure: str | None = None
    _settled: threading.Event = field(default_factory=threading.Event)

    def settle(self, *, answer: dict[str, Any] | None = None, failure: str | None = None) -> None:
        """Give the answer, or say why none will come."""
        if not self._settled.is_set():
            self.answer, self.failure = answer, failure
            self._settled.set()

    def wait(self, *, seconds: float) -> bool:
        """Wait for the answer or the failure; False when the time is over."""
        return self._settled.wait(seconds)


class Callbacks:
    """All answers that are waited for, by the secret in their URL."""

    def __init__(self) -> None:
        self._waiting: dict[str, Callback] = {}

    def open(self) -> Callback:
        """Expect an answer."""
        callback = Callback()
        self._waiting[callback.token] = callback
        return callback

    def close(self, callback: Callback) -> None:
        """Expect it no more; its URL is refused from now on."""
        self._waiting.pop(callback.token, None)

    def deliver(self, *, token: str, body: bytes) -> bool:
        """Take what a function PUT; False when nobody waits for it or it is no JSON object."""
        callback = self._waiting.get(token)
        if callback is not None and len(body) > _LONGEST_ANSWER:
            callback.settle(failure="Response object is too long.")
            return True
        try:
            answer = json.loads(body)
        except ValueError:
            return False
        if callback is None or not isinstance(answer, dict):
            return False
        callback.settle(answer=answer)
        return True
