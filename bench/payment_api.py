"""The payment API's data access against pgbench: the same statement, server and durability."""

from __future__ import annotations

import multiprocessing
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median
from uuid import uuid4

from app.lambdas.payment_api.hold import Writer
from app.lambdas.payment_api.models import NewPayment
from app.lambdas.payment_api.payments import TakePayment
from app.lambdas.payment_api.sessions import Sessions
from app.local.databases import LocalDatabases
from app.local.layout import Layout
from app.local.postgres import roles
from app.local.postgres.authority import LocalAuthority
from app.migration.connection import DatabaseSettings
from app.migration.sites import Site
from bench.figures import Figure
from bench.pgbench import payment_script, run_pgbench

CLIENTS = (1, 2, 8)
ROUNDS = int(os.environ.get("ROUNDS", "7"))
SECONDS = float(os.environ.get("SECONDS_EACH", "3"))
_WARM_UP = 50
_MOST_PER_SECOND = 20_000


def measure() -> tuple[Figure, ...]:
    """Take turns, `ROUNDS` times (7): pgbench, then the API's data access, with 1, 2, 8 clients.

    A ratio is the median of the rounds' own ratios: both sides of a round meet the same machine.
    """
    figures = []
    with tempfile.TemporaryDirectory() as directory, _database(Path(directory)) as login:
        script = Path(directory) / "payment.sql"
        script.write_text(payment_script())
        for clients in CLIENTS:
            rounds = [
                (_pgbench_rate(script, login, clients), _api_rate(login, clients))
                for _ in range(ROUNDS)
            ]
            peers, ours = zip(*rounds, strict=True)
            peer = Figure(name=f"payments_pgbench_{clients}", unit="1/s", samples=peers)
            figures += [
                Figure(
                    name=f"payments_api_{clients}",
                    unit="1/s",
                    samples=ours,
                    ratio=median(our / peer for peer, our in rounds),
                    against=peer.name,
                ),
                peer,
            ]
    return tuple(figures)


def _pgbench_rate(script: Path, login: DatabaseSettings, clients: int) -> float:
    """Return committed payments a second, without the time for connecting."""
    said = run_pgbench(login, script=script, clients=clients, seconds=SECONDS, more=())
    found = re.search(r"^tps = ([0-9.]+) \(without initial", said, flags=re.MULTILINE)
    if found is None:
        raise RuntimeError(said)
    return float(found[1])


def _api_rate(login: DatabaseSettings, clients: int) -> float:
    """Return committed payments a second of that many sandboxes, each a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    together, counts = spawn.Barrier(clients), spawn.Queue()
    sandboxes = [
        spawn.Process(target=_sandbox, args=(login, together, counts)) for _ in range(clients)
    ]
    for sandbox in sandboxes:
        sandbox.start()
    rates = [counts.get(timeout=120) for _ in sandboxes]
    for sandbox in sandboxes:
        sandbox.join()
    return float(sum(rates))


def _sandbox(
    login: DatabaseSettings, together: Barrier, counts: multiprocessing.Queue[float]
) -> None:
    sessions = Sessions(logins={Site.LEGACY: lambda **_: login}, application_name="bench")
    writer = Writer(sessions, hold_seconds=5)
    # A request and its key are the client's, and are there before any data access.
    request = NewPayment(amount_minor=1999, currency="USD", merchant_id="m-1")
    keys = iter([str(uuid4()) for _ in range(_WARM_UP + round(_MOST_PER_SECOND * SECONDS))])
    for _ in range(_WARM_UP):
        _pay(writer, request, key=next(keys))
    together.wait()
    begun = time.perf_counter()
    paid = 0
    while time.perf_counter() - begun < SECONDS:
        _pay(writer, request, key=next(keys))
        paid += 1
    counts.put(paid / (time.perf_counter() - begun))
    sessions.close()


def _pay(writer: Writer, request: NewPayment, *, key: str) -> None:
    if writer.run(TakePayment(request, key=key)).value.replayed:
        message = "a new key was answered with an old payment"
        raise RuntimeError(message)


@contextmanager
def _database(directory: Path) -> Iterator[DatabaseSettings]:
    """Give the payment API's login to a durable server that accepts writes."""
    with ExitStack() as stack:
        layout = Layout(directory / "local")
        layout.root.mkdir(mode=0o711)
        databases = LocalDatabases(layout=layout, authority=LocalAuthority())
        stack.callback(databases.close)
        databases.create()
        yield databases.clusters[Site.LEGACY].settings_for(role=roles.APPLICATION)
