"""An invocation, its answer, and the errors that Lambda itself would give."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answer:
    """What an invocation ended with; `function_error` is None when the handler returned."""

    payload: bytes
    function_error: str | None = None


@dataclass(slots=True, eq=False)
class Invocation:
    """One event on its way through a worker. `done` always gets an `Answer`."""

    payload: bytes
    arn: str
    trace_id: str
    done: asyncio.Future[Answer]
    client_context: str | None = None
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: float = field(default_factory=time.monotonic)

    def settle(self, answer: Answer) -> None:
        """Give the answer; the first one counts."""
        if not self.done.done():
            self.done.set_result(answer)


class Throttled(Exception):
    """More invocations wait than the queue may hold."""


class NoSuchFunction(Exception):
    """No function has this name."""


def timed_out(*, request_id: str, seconds: float) -> Answer:
    """Answer as Lambda does when a handler took longer than its function's timeout."""
    return _failure(
        error_type="Sandbox.Timedout",
        message=f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds",
    )


def exited(*, request_id: str, return_code: int) -> Answer:
    """Answer as Lambda does when a worker ended too early; negative codes are signals."""
    how = f"signal {-return_code}" if return_code < 0 else f"exit status {return_code}"
    return _failure(
        error_type="Runtime.ExitError",
        message=f"RequestId: {request_id} Error: Runtime exited with error: {how}",
    )


def _failure(*, error_type: str, message: str) -> Answer:
    body = json.dumps({"errorType": error_type, "errorMessage": message})
    return Answer(payload=body.encode(), function_error="Unhandled")
