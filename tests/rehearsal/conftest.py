from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.rehearsal.fakes import ADDRESSES, FakeApi, FakeWorld, fake_dns, server_context


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[FakeWorld]:
    api = FakeApi()
    context, ca_file = server_context(tmp_path)
    runners: list[web.AppRunner] = []
    port = 0
    with fake_dns(aws_percent=0) as (dns, dns_port):
        for site, address in ADDRESSES.items():
            runner = web.AppRunner(api.application(site))
            await runner.setup()
            listener = web.TCPSite(runner, address, port, ssl_context=context)
            await listener.start()
            port = runner.addresses[0][1]
            runners.append(runner)
        yield FakeWorld(api=api, dns=dns, api_port=port, dns_port=dns_port, ca_file=ca_file)
        for runner in runners:
            await runner.cleanup()
