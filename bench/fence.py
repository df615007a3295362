"""What the fence costs an ordinary payment: the same clients with and without it, taking turns."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import uuid4

import psycopg

from app.local.postgres import roles
from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import PostgresCluster
from app.local.postgres.place import ServerPlace
from app.migration.connection import DatabaseSettings, connect
from app.migration.schema import install_business_schema, prepare
from app.migration.sites import Site
from bench.figures import Figure

CLIENTS = 2
ROUNDS = 60
ROUND_SECONDS = 0.3
_PAY = """
WITH paid AS (
    INSERT INTO payments.payment
        (id, idempotency_key, request_hash, merchant_id, amount_minor, currency)
    VALUES (%(id)s, %(key)s, '\\x00', 'm-1', 100, 'USD')
    ON CONFLICT (idempotency_key) DO NOTHING RETURNING id)
INSERT INTO payments.ledger_entry (payment_id, account, amount_minor, currency)
SELECT id, account, amount, 'USD'
FROM paid, (VALUES ('merchant:m-1', 100), ('clearing', -100)) AS side (account, amount)
"""
_FENCED = "ALTER TABLE payments.{0} {1} TRIGGER payshift_fence"
_TABLES = ("payment", "refund", "ledger_entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """What one round came to."""

    a_second: float
    server_microseconds: float


def measure() -> tuple[Figure, ...]:
    """Let two clients pay as fast as they can, in short turns with and without it."""
    with _writer() as cluster:
        rounds: dict[bool, list[_Round]] = {True: [], False: []}
        for number in range(2 * ROUNDS):
            # Fenced, bare, bare, fenced: what a machine does as time goes on hits both alike.
            fenced = number % 4 in {0, 3}
            _set_fence(cluster.settings_for(), on=fenced)
            rounds[fenced].append(_round(cluster.settings_for(role=roles.APPLICATION)))
    with_fence = [one.a_second for one in rounds[True]]
    without = [one.a_second for one in rounds[False]]
    cost = [100 * (1 - fenced / bare) for fenced, bare in zip(with_fence, without, strict=True)]
    return (
        Figure(
            name="payments_with_fence",
            unit="payments/s",
            samples=tuple(with_fence),
            ratio=median(with_fence) / median(without),
            against="without it",
        ),
        Figure(name="payments_without_fence", unit="payments/s", samples=tuple(without)),
        Figure(name="fence_cost", unit="%", samples=tuple(cost)),
        _server_time("payment_server_time_with_fence", rounds[True]),
        _server_time("payment_server_time_without_fence", rounds[False]),
    )


@contextmanager
def _writer() -> Iterator[PostgresCluster]:
    """Give a durable server that accepts writes."""
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        Path(directory).chmod(0o711)
        place = ServerPlace.prepare(directory=Path(directory) / "clusters")
        stack.callback(place.remove)
        cluster = PostgresCluster(name="fence", place=place, authority=LocalAuthority())
        stack.callback(cluster.destroy)
        cluster.create()
        with connect(cluster.settings_for(), application_name="bench") as connection:
            install_business_schema(connection)
            prepare(connection, site=Site.LEGACY, writer=Site.LEGACY)
        yield cluster


def _set_fence(engine: DatabaseSettings, *, on: bool) -> None:
    with connect(engine, application_name="bench") as connection:
        for table in _TABLES:
            statement = _FENCED.format(table, "ENABLE" if on else "DISABLE")
            connection.execute(statement.encode())


def _round(application: DatabaseSettings) -> _Round:
    with ExitStack() as stack:
        clients = [
            stack.enter_context(connect(application, application_name="bench"))
            for _ in range(CLIENTS)
        ]
        for client in clients:
            for _ in range(10):
                _pay(client)
        counts = [0] * CLIENTS
        busy, begun = sum(map(_server_seconds, clients)), time.monotonic()

        def pay(number: int) -> None:
            while time.monotonic() < begun + ROUND_SECONDS:
                _pay(clients[number])
                counts[number] += 1

        threads = [threading.Thread(target=pay, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        taken = time.monotonic() - begun
        busy = sum(map(_server_seconds, clients)) - busy
    return _Round(a_second=sum(counts) / taken, server_microseconds=1e6 * busy / sum(counts))


def _pay(client: psycopg.Connection) -> None:
    client.execute(_PAY, {"id": uuid4(), "key": str(uuid4())}, prepare=True)


def _server_seconds(client: psycopg.Connection) -> float:
    """Return the processor time that the session's server process has used so far."""
    schedule = Path(f"/proc/{client.info.backend_pid}/schedstat")
    return int(schedule.read_text().split()[0]) / 1e9 if schedule.is_file() else 0.0


def _server_time(name: str, rounds: list[_Round]) -> Figure:
    samples = tuple(one.server_microseconds for one in rounds)
    return Figure(name=name, unit="µs", samples=samples)
