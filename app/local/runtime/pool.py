"""The workers of one function: idle ones take invocations, others make them wait."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from app.local.runtime.counters import Counters
from app.local.runtime.function import Function
from app.local.runtime.invocation import Answer, Invocation, Throttled
from app.local.runtime.worker_process import Worker, WorkerFactory

_RESTART_SECONDS = (0.0, 0.5, 1.0, 2.0, 5.0)


class Pool:
    """Keeps `size` workers of a function alive and gives each one invocation at a time."""

    def __init__(
        self, *, function: Function, size: int, queue_limit: int, factory: WorkerFactory
    ) -> None:
        self.started = False
        self.function = function
        self.counters = Counters()
        self._size = size
        self._queue_limit = queue_limit
        self._factory = factory
        self._workers: set[Worker] = set()
        self._idle: deque[Worker] = deque()
        self._queue: deque[Invocation] = deque()
        self._failed_starts = 0
        self._closed = False
        self._settled = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start the workers; invocations may be submitted at once, or before: they then start."""
        self.started = True
        for _ in range(self._size):
            self._spawn(after=0.0)

    async def wait_until_settled(self) -> bool:
        """Wait until a worker is ready, or one could not start; tell whether one is ready."""
        await self._settled.wait()
        return any(worker.was_ready for worker in self._workers)

    async def submit(self, invocation: Invocation) -> Answer:
        """Run one invocation and return its answer. Raises Throttled when too many wait."""
        self.counters.invocations += 1
        if not self.started:
            self.start()
        if self._idle:
            self._hand_over(self._idle.popleft(), invocation)
        elif len(self._queue) >= self._queue_limit:
            self.counters.throttles += 1
            raise Throttled(self.function.name)
        else:
            self._queue.append(invocation)
        answer = await invocation.done
        if answer.function_error:
            self.counters.errors += 1
        return answer

    def worker_is_ready(self, worker: Worker) -> None:
        """Give a worker that asks for work the oldest waiting invocation, or let it wait."""
        self._failed_starts = 0
        self._settled.set()
        if worker.retired or worker not in self._workers:
            worker.stop()
            return
        while self._queue:
            invocation = self._queue.popleft()
            if not invocation.done.done():
                self._hand_over(worker, invocation)
                return
        self._idle.append(worker)

    def worker_has_finished(self, *, seconds: float) -> None:
        """Count the time that a worker was busy with one invocation."""
        self.counters.busy_seconds += seconds

    def replace_function(self, function: Function) -> None:
        """Start workers with a new configuration; old ones finish what they do and end.

        A pool that was not started yet waits on.
        """
        self.function = function
        for worker in tuple(self._workers):
            worker.retired = True
            if worker in self._idle:
                self._idle.remove(worker)
                worker.stop()
        if self.started:
            self.start()

    async def close(self) -> None:
        """End every worker at once."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(worker.kill() for worker in tuple(self._workers)))

    def describe(self) -> dict[str, object]:
        """Figures for people and tests."""
        return {
            "name": self.function.name,
            "handler": self.function.handler,
            "workers": len(self._workers),
            "pids": sorted(worker.pid for worker in self._workers),
            "idle": len(self._idle),
            "queued": len(self._queue),
            **self.counters.describe(),
        }

    def _hand_over(self, worker: Worker, invocation: Invocation) -> None:
        self.counters.count_wait(seconds=time.monotonic() - invocation.created)
        worker.take(invocation)

    def _spawn(self, *, after: float) -> None:
        task = asyncio.get_running_loop().create_task(self._run_worker(after=after))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_worker(self, *, after: float) -> None:
        if after:
            await asyncio.sleep(after)
        function = self.function
        worker = await self._factory(pool=self)
        worker.retired = self.function != function
        self._workers.add(worker)
        worker.serve()
        end = await worker.wait()
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if self._closed or worker.retired:
            return
        self.counters.timeouts += end.timed_out
        self.counters.crashes += not end.timed_out
        if not end.was_ready:
            self._failed_starts += 1
            self._settled.set()
            self._answer_one_with(end.start_error)
        delay = _RESTART_SECONDS[min(self._failed_starts, len(_RESTART_SECONDS) - 1)]
        self._spawn(after=delay)

    def _answer_one_with(self, error: Answer) -> None:
        """Fail the invocation that waited for a worker that cannot start, as Lambda does."""
        while self._queue and not any(worker.was_ready for worker in self._workers):
            invocation = self._queue.popleft()
            if not invocation.done.done():
                invocation.settle(error)
                return
