"""One worker process and the end of the Runtime API that it talks to."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.local.runtime.invocation import Answer, Invocation, exited, timed_out

if TYPE_CHECKING:
    from app.local.runtime.output import Output
    from app.local.runtime.pool import Pool

_LONGEST_LINE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WorkerEnd:
    """How a worker ended; `start_error` answers an invocation when it never became ready."""

    was_ready: bool
    timed_out: bool
    start_error: Answer


class WorkerFactory(Protocol):
    """Starts a worker process for a pool."""

    async def __call__(self, *, pool: Pool) -> Worker:
        """Return the started worker."""
        ...


class Worker:
    """A process that runs one invocation at a time, and is killed when that takes too long."""

    def __init__(
        self,
        *,
        process: asyncio.subprocess.Process,
        pool: Pool,
        output: Output,
        timeout_seconds: float,
        on_end: Callable[[], Awaitable[None]],
    ) -> None:
        self.retired = False
        self.was_ready = False
        self._process = process
        self._pool = pool
        self._output = output
        self._timeout_seconds = timeout_seconds
        self._on_end = on_end
        self._offered: asyncio.Future[Invocation] | None = None
        self._current: Invocation | None = None
        self._taken = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timed_out = False
        self._init_error: bytes | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def serve(self) -> None:
        """Start reading what the process prints."""
        assert self._process.stdout is not None  # noqa: S101 - started with a pipe
        self._reader = asyncio.create_task(self._output.read(self._process.stdout))

    async def next_invocation(self) -> tuple[Invocation, int]:
        """Wait for work. Returns the invocation and its deadline in milliseconds since 1970."""
        self.was_ready = True
        self._offered = asyncio.get_running_loop().create_future()
        self._pool.worker_is_ready(self)
        invocation = await self._offered
        return invocation, int((time.time() + self._timeout_seconds) * 1000)

    def take(self, invocation: Invocation) -> None:
        """Begin an invocation; the worker must be waiting for one."""
        self._current = invocation
        self._taken = time.monotonic()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._timeout_seconds, self._time_out)
        if self._offered is not None and not self._offered.done():
            self._offered.set_result(invocation)

    def finish(self, *, request_id: str, answer: Answer) -> bool:
        """Answer the invocation in hand; False when the request id is not the current one."""
        if self._current is None or self._current.request_id != request_id:
            return False
        self._pool.worker_has_finished(seconds=time.monotonic() - self._taken)
        self._settle(answer)
        return True

    def fail_to_start(self, payload: bytes) -> None:
        """Remember what the runtime reported when the handler could not be loaded."""
        self._init_error = payload

    def stop(self) -> None:
        """End the process without waiting."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def kill(self) -> None:
        """End the process and wait until it has ended."""
        self.stop()
        await self._process.wait()

    async def wait(self) -> WorkerEnd:
        """Wait until the process ends; an invocation in hand is answered with the reason."""
        return_code = await self._process.wait()
        if self._reader is not None:
            await asyncio.wait([self._reader], timeout=1)
        if self._offered is not None:
            self._offered.cancel()
        await self._on_end()
        if self._current is not None:
            self._settle(self._death(self._current.request_id, return_code))
        never = self._death("", return_code)
        if self._init_error is not None:
            never = Answer(payload=self._init_error, function_error="Unhandled")
        return WorkerEnd(was_ready=self.was_ready, timed_out=self._timed_out, start_error=never)

    def _death(self, request_id: str, return_code: int) -> Answer:
        if self._timed_out:
            return timed_out(request_id=request_id, seconds=self._timeout_seconds)
        return exited(request_id=request_id, return_code=return_code)

    def _time_out(self) -> None:
        self._timed_out = True
        self.stop()

    def _settle(self, answer: Answer) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._current is not None:
            self._current.settle(answer)
        self._current = None


async def start_process(
    *, handler: str, environment: dict[str, str], image: Path | None = None
) -> asyncio.subprocess.Process:
    """Start the worker program; standard input stays open for as long as this process lives.

    Of an `image`, its own `awslambdaric` runs with nothing else to import but Python's library;
    it ends by itself when this process, and so its Runtime API, is gone.
    """
    program = ["-m", "app.local.runtime.worker", str(os.getpid())]
    if image is not None:
        program = ["-s", "-S", "-P", "-m", "awslambdaric"]
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *program,
        handler,
        cwd=image,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=_LONGEST_LINE,
        start_new_session=True,
    )
