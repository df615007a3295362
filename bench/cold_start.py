"""How long a payment waits for a sandbox that does not exist yet: the image's files, started."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import psutil

from app.local.databases import LocalDatabases
from app.local.image.layout import assemble
from app.local.layout import Layout
from app.local.postgres.authority import LocalAuthority
from app.local.runtime.host import RuntimeHost
from app.local.runtime.settings import HostSettings, StaticFunction
from bench.figures import Figure
from bench.local_cloud import local_cloud, payment_api_variables

STARTS = int(os.environ.get("STARTS", "10"))
NAME = "payment-api"
_BUILD = {
    "BASE_IMAGE": "this-machine",
    "AWS_AUTHORITIES": "aws-us-east-2.pem",
    "DATA_CENTRE_AUTHORITY": "data-centre-example.pem",
    "REVISION": "measured",
}


class _Start(NamedTuple):
    ready_seconds: float
    cpu_seconds: float
    first_ms: float
    second_ms: float


def measure() -> tuple[Figure, ...]:
    """Start the payment API `STARTS` times (10) by `awslambdaric`, with two databases over TLS.

    Ready means that both databases are connected and the Runtime API was asked for work; the CPU
    time of the same start tells what a busy machine adds to it.
    """
    with tempfile.TemporaryDirectory() as directory, _world(Path(directory)) as settings:
        starts = [asyncio.run(_start_once(settings)) for _ in range(STARTS)]
    return (
        _figure("cold_start_payment_api", "s", [one.ready_seconds for one in starts]),
        _figure("cold_start_payment_api_cpu", "s", [one.cpu_seconds for one in starts]),
        _figure("cold_start_first_payment", "ms", [one.first_ms for one in starts]),
        _figure("cold_start_second_payment", "ms", [one.second_ms for one in starts]),
    )


async def _start_once(settings: HostSettings) -> _Start:
    host = RuntimeHost(settings=settings)
    begun = time.perf_counter()
    await host.start(own_url="")
    try:
        not_ready = await host.wait_until_settled(seconds=60)
        ready = time.perf_counter() - begun
        if not_ready:
            message = f"the payment API did not start; see {settings.log_directory}"
            raise RuntimeError(message)
        used = _worker(host).cpu_times()
        first, second = [await _pay(host) for _ in range(2)]
        return _Start(ready, used.user + used.system, first, second)
    finally:
        await host.close()


def _worker(host: RuntimeHost) -> psutil.Process:
    pids = host.describe()[0]["pids"]
    if not isinstance(pids, list) or len(pids) != 1:
        message = f"one worker was expected, not {pids}"
        raise RuntimeError(message)
    return psutil.Process(pids[0])


async def _pay(host: RuntimeHost) -> float:
    body = json.dumps({"amount_minor": 1999, "currency": "USD", "merchant_id": "m-1"})
    event = {
        "requestContext": {"elb": {"targetGroupArn": "bench"}},
        "httpMethod": "POST",
        "path": "/v1/payments",
        "queryStringParameters": {},
        "headers": {"content-type": "application/json", "idempotency-key": str(uuid4())},
        "body": body,
        "isBase64Encoded": False,
    }
    begun = time.perf_counter()
    answer = await host.invoke(function=NAME, payload=json.dumps(event).encode())
    taken = 1e3 * (time.perf_counter() - begun)
    if json.loads(answer.payload).get("statusCode") != 201:  # noqa: PLR2004 - created
        raise RuntimeError(answer.payload.decode())
    return taken


@contextmanager
def _world(directory: Path) -> Iterator[HostSettings]:
    """Two databases, their secrets behind the AWS API, and the image's files."""
    with ExitStack() as stack:
        layout = Layout(directory / "local")
        layout.root.mkdir(mode=0o711)
        authority = LocalAuthority()
        databases = LocalDatabases(layout=layout, authority=authority)
        stack.callback(databases.close)
        databases.create()
        cloud = stack.enter_context(local_cloud(directory, databases))
        trust = authority.write_bundle(path=layout.trust)
        variables = {"AWS_ENDPOINT_URL": cloud.endpoint, **payment_api_variables(trust=trust)}
        handler = "app.lambdas.payment_api.handler.handler"
        function = StaticFunction(name=NAME, handler=handler, environment=variables)
        yield HostSettings(
            log_directory=layout.logs,
            follow_cloud=False,
            functions=(function,),
            image=assemble(directory / "image", source=Path.cwd(), arguments=_BUILD),
        )


def _figure(name: str, unit: str, samples: list[float]) -> Figure:
    return Figure(name=name, unit=unit, samples=tuple(samples))
