from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.local.rehearsal.load.config import LoadConfig, Mix, Stale
from app.local.rehearsal.load.schedule import due
from app.local.rehearsal.records import STALE, Acknowledgement, Draw, Request, read
from tests.rehearsal.fakes import NAME, FakeWorld


def configuration(world: FakeWorld, output: Path, *, seconds: float = 1.5) -> LoadConfig:
    output.mkdir()
    return LoadConfig(
        api_name=NAME,
        api_port=world.api_port,
        dns_host="127.0.0.1",
        dns_port=world.dns_port,
        ca_file=world.ca_file,
        output=output,
        run="test-run",
        seconds=seconds,
        clients=16,
    )


async def start(config: LoadConfig) -> asyncio.subprocess.Process:
    file = config.output / "load.json"
    file.write_text(config.model_dump_json())
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.local.rehearsal.load", "--config", str(file),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def run(config: LoadConfig) -> list[dict[str, object]]:
    process = await start(config)
    output, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in output.splitlines()]


def requests(config: LoadConfig) -> list[Request]:
    return list(read(config.requests_file, Request))


async def test_every_payment_is_acknowledged_once_and_written_down(
    world: FakeWorld, tmp_path: Path
) -> None:
    config = configuration(world, tmp_path / "out")
    figures = await run(config)
    promised = [a for a in read(config.acknowledgements_file, Acknowledgement) if a.kind == "pay"]
    assert {a.key: a.id for a in promised} == {k: p["id"] for k, p in world.api.payments.items()}
    assert len(promised) == 150
    assert [r.error for r in requests(config) if r.error] == []
    assert figures[-1]["acknowledged"] == 150
    assert world.api.hosts == {f"{NAME}:{world.api_port}"}


async def test_a_repeated_payment_must_bring_the_same_id(world: FakeWorld, tmp_path: Path) -> None:
    config = configuration(world, tmp_path / "out")
    await run(config)
    promised = list(read(config.acknowledgements_file, Acknowledgement))
    repeats = [a for a in promised if a.kind == "repeat"]
    assert repeats
    assert {a.id for a in repeats} <= {a.id for a in promised if a.kind == "pay"}


async def test_traffic_follows_the_weights_of_the_dns(world: FakeWorld, tmp_path: Path) -> None:
    world.dns.aws_percent = 100
    config = configuration(world, tmp_path / "out")
    await run(config)
    assert {r.site for r in requests(config)} == {"aws"}


async def test_stale_clients_keep_the_address_that_they_know_and_say_so(
    world: FakeWorld, tmp_path: Path
) -> None:
    world.dns.aws_percent = 100
    config = configuration(world, tmp_path / "out").model_copy(
        update={"stale": Stale(share=0.25, host="127.0.0.11", port=world.api_port)}
    )
    await run(config)
    seen = {(r.draw == STALE, r.site) for r in requests(config)}
    assert seen == {(True, "legacy"), (False, "aws")}
    # fact: a quarter of the sixteen clients
    assert {r.client for r in requests(config) if r.draw == STALE} == set(range(4))
    assert [r.error for r in requests(config) if r.error] == []


async def test_clients_obey_the_lowest_ttl_of_the_chain(world: FakeWorld, tmp_path: Path) -> None:
    config = configuration(world, tmp_path / "out", seconds=3)
    await run(config)
    draws = list(read(config.draws_file, Draw))
    assert {draw.ttl for draw in draws} == {1.0}
    # Sixteen clients, one second: each asks at least twice and no more than once a second.
    per_client = Counter(draw.client for draw in draws)
    assert all(2 <= count <= 5 for count in per_client.values())


async def test_a_failed_payment_counts_as_failed_and_is_not_tried_again(
    world: FakeWorld, tmp_path: Path
) -> None:
    world.api.fail_next = 3
    config = configuration(world, tmp_path / "out")
    await run(config)
    failed = [r for r in requests(config) if r.error]
    assert [(r.kind, r.status, r.error) for r in failed] == [("pay", 503, "status 503")] * 3
    assert not {r.key for r in failed} & set(world.api.payments)


async def test_a_request_on_a_connection_the_server_closed_is_resent_once(
    world: FakeWorld, tmp_path: Path
) -> None:
    config = configuration(world, tmp_path / "out", seconds=4)
    process = await start(config)
    while len(world.api.payments) < 50:  # fact: by then every client has a connection to use again
        await asyncio.sleep(0.01)
    world.api.close_next = 2
    await process.communicate()
    assert sum(r.resent for r in requests(config)) == 2
    assert [r.error for r in requests(config) if r.error] == []


async def test_a_killed_load_loses_no_acknowledgement(world: FakeWorld, tmp_path: Path) -> None:
    config = configuration(world, tmp_path / "out", seconds=60)
    process = await start(config)
    await asyncio.sleep(2)
    process.kill()
    await process.communicate()
    promised = {
        a.key for a in read(config.acknowledgements_file, Acknowledgement) if a.kind == "pay"
    }
    # What was answered but not yet read when the signal came was never acknowledged to anyone.
    assert len(set(world.api.payments) - promised) <= 5
    assert promised <= set(world.api.payments)


async def test_a_terminated_load_finishes_what_is_in_flight(
    world: FakeWorld, tmp_path: Path
) -> None:
    config = configuration(world, tmp_path / "out", seconds=60)
    process = await start(config)
    async with asyncio.timeout(60):
        while not world.api.payments:
            await asyncio.sleep(0.01)
    os.kill(process.pid, signal.SIGTERM)
    await process.communicate()
    assert process.returncode == 0
    sent = {r.key for r in requests(config) if r.kind == "pay"}
    assert sent == set(world.api.payments)


@given(
    payments=st.floats(1, 500), reads=st.floats(0, 50), repeats=st.floats(0, 50),
    refunds=st.floats(0, 50),
)  # fmt: skip
def test_the_schedule_is_ordered_and_keeps_every_rate(
    payments: float, reads: float, repeats: float, refunds: float
) -> None:
    mix = Mix(payments=payments, reads=reads, repeats=repeats, refunds=refunds)
    first = list(islice(due(mix), 2_000))
    assert first == sorted(first)
    end = first[-1][0]
    counted = Counter(kind for _, kind in first)
    assert counted["pay"] == pytest.approx(end * payments, abs=2)
    assert counted["read"] == pytest.approx(end * reads, abs=2)
