"""The payment API's data access against pgbench: the same statement, server and durability."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median
from uuid import uuid4

from app.errors import ToolMissing
from app.lambdas.payment_api.hold import Writer
from app.lambdas.payment_api.models import NewPayment
from app.lambdas.payment_api.payments import TakePayment, statement
from app.lambdas.payment_api.sessions import Sessions
from app.local.databases import LocalDatabases
from app.local.layout import Layout
from app.local.postgres import roles
from app.local.postgres.authority import LocalAuthority
from app.migration.connection import DatabaseSettings
from app.migration.sites import Site
from bench.figures import Figure

CLIENTS = (1, 2, 8)
ROUNDS = int(os.environ.get("ROUNDS", "7"))
SECONDS = float(os.environ.get("SECONDS_EACH", "3"))
_WARM_UP = 50
_MOST_PER_SECOND = 20_000
# What a client of pgbench says for each of the statement's parameters; it has no uuid of its own,
# so the server makes one.
_PARAMETERS = {
    "id": "gen_random_uuid()",
    "key": "gen_random_uuid()::text",
    "hash": r"'\x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'::bytea",
    "merchant_id": "'m-1'",
    "amount_minor": ":amount",
    "currency": "'USD'",
}


def measure() -> tuple[Figure, ...]:
    """Take turns, `ROUNDS` times (7): pgbench, then the API's data access, with 1, 2, 8 clients.

    A ratio is the median of the rounds' own ratios: both sides of a round meet the same machine.
    """
    pgbench = _pgbench()
    figures = []
    with tempfile.TemporaryDirectory() as directory, _database(Path(directory)) as login:
        script = Path(directory) / "payment.sql"
        script.write_text(_script())
        for clients in CLIENTS:
            rounds = [
                (_pgbench_rate(pgbench, script, login, clients), _api_rate(login, clients))
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


def _script() -> str:
    taken = re.sub(r"%\((\w+)\)s", lambda found: _PARAMETERS[found[1]], statement("take_payment"))
    return f"\\set amount random(1, 100000)\n{' '.join(taken.split())};\n"


def _pgbench_rate(pgbench: str, script: Path, login: DatabaseSettings, clients: int) -> float:
    """Return committed payments a second, without the time for connecting."""
    done = subprocess.run(
        [
            *(pgbench, "--no-vacuum", "--protocol", "prepared", "--file", str(script)),
            *("--client", str(clients), "--jobs", str(min(clients, os.cpu_count() or 1))),
            *("--time", str(max(1, round(SECONDS)))),
        ],
        env={**os.environ, **_environment(login)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"^tps = ([0-9.]+) \(without initial", done.stdout, flags=re.MULTILINE)
    failed = re.search(r"number of failed transactions: ([0-9]+)", done.stdout)
    if found is None or (failed and failed[1] != "0"):
        raise RuntimeError(done.stdout + done.stderr)
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


def _environment(login: DatabaseSettings) -> Mapping[str, str]:
    return {
        "PGHOST": login.host,
        "PGHOSTADDR": login.hostaddr or "",
        "PGPORT": str(login.port),
        "PGDATABASE": login.dbname,
        "PGUSER": login.user,
        "PGPASSWORD": login.password.get_secret_value(),
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(login.sslrootcert),
    }


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


def _pgbench() -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    found = shutil.which("pgbench") or (str(installed[-1]) if installed else None)
    if found is None:
        message = "pgbench is not installed"
        raise ToolMissing(message, remedy="install PostgreSQL's client programs")
    return found
