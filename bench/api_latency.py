"""The payment API at 100 payments a second, by HTTPS and its real handler, beside pgbench."""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from pathlib import Path
from statistics import median

from app.local.postgres import roles
from app.local.rehearsal.analysis.recording import Recording
from app.local.rehearsal.load.figures import percentile
from app.local.rehearsal.load_process import LoadProcess
from app.migration.connection import DatabaseSettings
from app.migration.sites import Site
from bench.figures import Figure
from bench.pgbench import payment_script, run_pgbench
from bench.rotation import PAYMENTS_A_SECOND, load_of
from bench.rotation_world import SANDBOXES, RotationWorld, rotation_world

ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = float(os.environ.get("LATENCY_SECONDS", "20"))
_CHECK_EVERY_SECONDS = 0.5
# Of a line of pgbench's log: what the transaction took since it was due, in microseconds.
_TOOK = 2


def measure() -> tuple[Figure, ...]:
    """Take turns, `ROUNDS` times (3) of `LATENCY_SECONDS` (20): the API, then pgbench.

    Both send when a payment is due, whatever became of those before it, over TLS to one server.
    Behind the API are the front, the runtime and JSON; behind pgbench is the statement alone.
    """
    rounds = []
    with tempfile.TemporaryDirectory() as name, rotation_world(Path(name)) as world:
        for number in range(ROUNDS):
            directory = Path(name) / f"round-{number}"
            directory.mkdir()
            rounds.append((_api(world, directory), _pgbench(world, directory)))
    ours, peers = zip(*rounds, strict=True)
    peer = Figure(name="pgbench_p95_at_100", unit="ms", samples=peers)
    return (
        Figure(
            name="payments_api_p95_at_100",
            unit="ms",
            samples=ours,
            ratio=median(our / peer for our, peer in rounds),
            against=peer.name,
        ),
        peer,
    )


def _api(world: RotationWorld, directory: Path) -> float:
    load = LoadProcess(load_of(world, directory / "recording", run=f"p95-{secrets.token_hex(4)}"))
    load.start()
    try:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            time.sleep(_CHECK_EVERY_SECONDS)
            load.check()
    finally:
        load.stop()
    requests = Recording.load(load.config.output).requests
    if any(one.error for one in requests):
        message = "a request failed: is the machine busy with other things?"
        raise RuntimeError(message)
    return percentile(sorted(1e3 * one.latency for one in requests), 0.95)


def _pgbench(world: RotationWorld, directory: Path) -> float:
    script = directory / "payment.sql"
    script.write_text(payment_script())
    run_pgbench(
        _login(world),
        script=script,
        clients=SANDBOXES,
        seconds=SECONDS,
        more=(
            *("--rate", str(PAYMENTS_A_SECOND), "--log"),
            f"--log-prefix={directory / 'transactions'}",
        ),
    )
    took = [
        float(line.split()[_TOOK]) / 1e3
        for file in directory.glob("transactions.*")
        for line in file.read_text().splitlines()
    ]
    return percentile(sorted(took), 0.95)


def _login(world: RotationWorld) -> DatabaseSettings:
    return world.databases.clusters[Site.LEGACY].settings_for(role=roles.APPLICATION)
