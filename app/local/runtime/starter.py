"""Starts workers: a port of the Runtime API, an environment, a process, an output."""

from __future__ import annotations

from app.local.runtime.environment import worker_environment
from app.local.runtime.metrics import MetricsSender
from app.local.runtime.output import Output
from app.local.runtime.pool import Pool
from app.local.runtime.runtime_api import RuntimeApi
from app.local.runtime.settings import HostSettings
from app.local.runtime.worker_process import Worker, start_process


class WorkerStarter:
    """Makes the workers of all pools of a host."""

    def __init__(
        self, *, settings: HostSettings, runtime_api: RuntimeApi, metrics: MetricsSender
    ) -> None:
        self._settings = settings
        self._runtime_api = runtime_api
        self._metrics = metrics
        self._outputs: dict[str, Output] = {}

    async def __call__(self, *, pool: Pool) -> Worker:
        """Start a worker with the pool's present configuration."""
        function = pool.function
        port = await self._runtime_api.open()
        environment = worker_environment(
            function=function, settings=self._settings, runtime_api=f"127.0.0.1:{port}"
        )
        process = await start_process(
            handler=function.handler, environment=environment, image=self._settings.image
        )
        worker = Worker(
            process=process,
            pool=pool,
            output=self._output(function.name),
            timeout_seconds=function.timeout_seconds,
            on_end=lambda: self._runtime_api.release(port=port),
        )
        self._runtime_api.connect(port=port, worker=worker)
        return worker

    def close(self) -> None:
        """Write what is buffered and close the log files."""
        for output in self._outputs.values():
            output.close()

    def _output(self, name: str) -> Output:
        if name not in self._outputs:
            log = self._settings.log_directory / f"{name}.log"
            self._outputs[name] = Output(log=log, metrics=self._metrics)
        return self._outputs[name]
