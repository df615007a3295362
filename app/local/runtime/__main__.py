"""`python -m app.local.runtime --settings FILE`: run functions, with or without an edge.

Prints one line of JSON when ready: `{"ready": true, "pid", "url", "edge": {"address", "port"},
"not_ready": [names of functions whose workers could not start]}`.
SIGTERM and SIGINT end it gracefully; its workers end with it, however it ends.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
from pathlib import Path

import aiohttp
from aiohttp import web

from app.local.aws_api import AwsApi
from app.local.edge.listener import FollowedListener
from app.local.edge.server import Edge
from app.local.edge.targets import Route, Target, TargetGroup
from app.local.runtime.doors import Doors
from app.local.runtime.host import RuntimeHost
from app.local.runtime.settings import EdgeSettings, HostSettings


async def run(settings: HostSettings) -> None:
    """Serve until a signal asks for the end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    host = RuntimeHost(settings=settings)
    edge = Edge(settings=settings.edge, host=host) if settings.edge else None
    runner = web.AppRunner(
        Doors(host=host, edge=edge).application(), access_log=None, shutdown_timeout=0.2
    )
    await runner.setup()
    site = web.TCPSite(runner, settings.address, settings.port)
    await site.start()
    port = runner.addresses[0][1]
    own_url = f"http://{settings.address}:{port}"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        await host.start(own_url=own_url)
        following = await _start_edge(edge, settings, session) if edge else None
        waiting = asyncio.create_task(stop.wait())
        settled = asyncio.create_task(host.wait_until_settled(seconds=settings.ready_seconds))
        await asyncio.wait([waiting, settled], return_when=asyncio.FIRST_COMPLETED)
        if settled.done():
            _announce(own_url, edge, settings.edge, not_ready=settled.result())
        await waiting
        if following is not None:
            following.cancel()
    if edge is not None:
        await edge.close(drain_seconds=settings.drain_seconds)
    await runner.cleanup()
    await host.close()


async def _start_edge(
    edge: Edge, settings: HostSettings, session: aiohttp.ClientSession
) -> asyncio.Task[None] | None:
    assert settings.edge is not None  # noqa: S101 - checked by the caller
    following = None
    if settings.edge.function is not None:
        fixed = TargetGroup(arn="", weight=1, target=Target(function=settings.edge.function))
        edge.route = Route(groups=(fixed,))
    elif settings.edge.load_balancer is not None and settings.cloud_endpoint is not None:
        api = AwsApi(endpoint=settings.cloud_endpoint, region=settings.region, session=session)
        listener = FollowedListener(
            api=api, load_balancer=settings.edge.load_balancer, on_change=edge.change_route
        )
        await listener.refresh()
        following = asyncio.create_task(listener.run())
    await edge.start()
    return following


def _announce(
    own_url: str, edge: Edge | None, settings: EdgeSettings | None, *, not_ready: list[str]
) -> None:
    front = None
    if edge is not None and settings is not None:
        front = {"address": settings.address, "port": edge.port}
    line = {
        "ready": True,
        "pid": os.getpid(),
        "url": own_url,
        "edge": front,
        "not_ready": not_ready,
    }
    print(json.dumps(line), flush=True)


def main() -> None:
    """Read the settings and run."""
    parser = argparse.ArgumentParser(prog="python -m app.local.runtime")
    parser.add_argument("--settings", type=Path, required=True, help="JSON of HostSettings")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    settings = HostSettings.model_validate_json(arguments.settings.read_text())
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
