"""The runtime host: pools of workers by function name, their API, their output."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Iterable

import aiohttp

from app.local.aws_api import AwsApi
from app.local.runtime.followed import FollowedFunctions
from app.local.runtime.function import Function
from app.local.runtime.invocation import Answer, Invocation, NoSuchFunction
from app.local.runtime.metrics import MetricsSender
from app.local.runtime.pool import Pool
from app.local.runtime.runtime_api import RuntimeApi
from app.local.runtime.settings import HostSettings
from app.local.runtime.starter import WorkerStarter


class RuntimeHost:
    """Runs functions. `invoke` is the only way in, for doors and edge alike."""

    def __init__(self, *, settings: HostSettings) -> None:
        self.settings = settings
        self._pools: dict[str, Pool] = {}
        self._runtime_api = RuntimeApi()
        url = settings.cloud_endpoint
        self._metrics = MetricsSender(url=url and url.rstrip("/") + "/_payshift/metrics")
        self._starter = WorkerStarter(
            settings=settings, runtime_api=self._runtime_api, metrics=self._metrics
        )
        self._session: aiohttp.ClientSession | None = None
        self._followed: FollowedFunctions | None = None
        self._following: asyncio.Task[None] | None = None

    async def start(self, *, own_url: str) -> None:
        """Start static functions, and follow the cloud's when the settings say so."""
        self.settings.log_directory.mkdir(parents=True, exist_ok=True)
        await self._runtime_api.start()
        await self._metrics.start()
        for entry in self.settings.functions:
            self._run(
                Function(
                    name=entry.name,
                    arn=self._arn(entry.name),
                    handler=entry.handler,
                    timeout_seconds=entry.timeout_seconds,
                    memory_megabytes=entry.memory_megabytes,
                    environment=tuple(sorted(entry.environment.items())),
                )
            )
        if self.settings.follow_cloud and self.settings.cloud_endpoint:
            await self._follow(endpoint=self.settings.cloud_endpoint, own_url=own_url)

    async def close(self) -> None:
        """End all workers and send what they measured."""
        if self._following is not None:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))
        await asyncio.sleep(0)
        await self._metrics.close()
        self._starter.close()
        await self._runtime_api.close()
        if self._session is not None:
            await self._session.close()

    async def invoke(
        self,
        *,
        function: str,
        payload: bytes,
        qualifier: str | None = None,
        trace_id: str | None = None,
        client_context: str | None = None,
    ) -> Answer:
        """Run a function once. Raises NoSuchFunction or Throttled."""
        pool = self._pools.get(function)
        if pool is None and self._followed is not None:
            await self._followed.refresh()
            pool = self._pools.get(function)
        if pool is None:
            raise NoSuchFunction(function)
        arn = pool.function.arn
        invocation = Invocation(
            payload=payload,
            arn=f"{arn}:{qualifier}" if qualifier else arn,
            trace_id=trace_id or new_trace_id(),
            done=asyncio.get_running_loop().create_future(),
            client_context=client_context,
        )
        return await pool.submit(invocation)

    async def wait_until_settled(self, *, seconds: float) -> list[str]:
        """Wait until every function has a worker; return the names of those that have none.

        Those that start on demand are not waited for.
        """
        pools = [pool for pool in self._pools.values() if pool.started]
        waits = [asyncio.create_task(pool.wait_until_settled()) for pool in pools]
        if waits:
            await asyncio.wait(waits, timeout=seconds)
        ready = [wait.done() and wait.result() for wait in waits]
        for wait in waits:
            wait.cancel()
        return [
            pool.function.name for pool, is_ready in zip(pools, ready, strict=True) if not is_ready
        ]

    def keep_ready(self, functions: Iterable[str]) -> None:
        """Start the workers of functions that requests will be sent to, if they wait for one."""
        for name in functions:
            pool = self._pools.get(name)
            if pool is not None and not pool.started:
                pool.start()

    def describe(self) -> list[dict[str, object]]:
        """Figures of every pool."""
        return [pool.describe() for pool in self._pools.values()]

    async def _follow(self, *, endpoint: str, own_url: str) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5))
        api = AwsApi(endpoint=endpoint, region=self.settings.region, session=self._session)
        self._followed = FollowedFunctions(
            api=api,
            session=self._session,
            endpoint=endpoint,
            own_url=own_url,
            on_change=self._adopt,
        )
        await self._followed.refresh()
        self._following = asyncio.create_task(self._followed.run())

    async def _adopt(self, functions: dict[str, Function]) -> None:
        static = {entry.name for entry in self.settings.functions}
        for name in set(self._pools) - set(functions) - static:
            await self._pools.pop(name).close()
        for name, function in functions.items():
            pool = self._pools.get(name)
            if pool is None:
                self._run(function)
            elif pool.function != function:
                pool.replace_function(function)

    def _run(self, function: Function) -> None:
        pool = Pool(
            function=function,
            size=self.settings.workers.get(function.name, self.settings.default_workers),
            queue_limit=self.settings.queue_limit,
            factory=self._starter,
        )
        self._pools[function.name] = pool
        if function.name not in self.settings.on_demand:
            pool.start()

    def _arn(self, name: str) -> str:
        return f"arn:aws:lambda:{self.settings.region}:{self.settings.account_id}:function:{name}"


def new_trace_id() -> str:
    """Make a trace id as load balancers and Lambda make it."""
    digits = uuid.uuid4().hex
    return f"Root=1-{digits[:8]}-{digits[8:32]}"
