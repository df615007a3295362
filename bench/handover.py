"""The handover engine alone: two servers, paying clients, and twenty moves of the writer."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from app.local.databases import LocalDatabases
from app.local.layout import Layout
from app.local.postgres.authority import LocalAuthority
from app.migration.connection import DatabaseSettings, connect
from app.migration.fence import read_writer
from app.migration.handover import Handover
from app.migration.replication.install import install_logical_replication
from app.migration.replication.logical import LogicalReplication
from app.migration.sites import Site
from bench.figures import Figure

MOVES = 20
CLIENTS = 2
PAYMENTS_A_SECOND = 200
_REST_SECONDS = 0.5
_PAY = """
WITH paid AS (
    INSERT INTO payments.payment
        (id, idempotency_key, request_hash, merchant_id, amount_minor, currency)
    VALUES (%(id)s, %(key)s, '\\x00', 'm-1', 100, 'USD') RETURNING id)
INSERT INTO payments.ledger_entry (payment_id, account, amount_minor, currency)
SELECT id, account, amount, 'USD'
FROM paid, (VALUES ('merchant:m-1', 100), ('clearing', -100)) AS side (account, amount)
"""


def measure() -> tuple[Figure, ...]:
    """Move the writer ten times each way while clients pay; durable servers, way back armed."""
    with _replicated_pair() as logins, _Clients(logins) as clients:
        pauses = []
        for move in range(MOVES):
            time.sleep(_REST_SECONDS)
            target = Site.AWS if move % 2 == 0 else Site.LEGACY
            engine = Handover(databases=logins, replication=LogicalReplication())
            result = engine.run(to=target, run_id=f"bench-{move:03d}", deadline_seconds=30)
            pauses.append(result.pause_ms)
        time.sleep(_REST_SECONDS)
    return (
        Figure(name="handover_pause_engine", unit="ms", samples=tuple(pauses)),
        Figure(name="handover_slowest_payment", unit="ms", samples=tuple(clients.slowest)),
        Figure(name="handover_client_errors", unit="errors", samples=(float(clients.errors),)),
    )


@contextmanager
def _replicated_pair() -> Iterator[Mapping[Site, DatabaseSettings]]:
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        layout = Layout(Path(directory) / "local")
        layout.root.mkdir(mode=0o711)
        databases = LocalDatabases(layout=layout, authority=LocalAuthority())
        stack.callback(databases.close)
        databases.create()
        logins = databases.engine_logins()
        install_logical_replication(
            databases=logins,
            writer=Site.LEGACY,
            server_sslrootcert=databases.server_trust,
            deadline_seconds=60,
        )
        yield logins


class _Clients:
    """Threads that pay at a steady rate at whichever site accepts, and remember the slowest."""

    def __init__(self, logins: Mapping[Site, DatabaseSettings]) -> None:
        self._logins = logins
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._pay, args=(n,)) for n in range(CLIENTS)]
        self.slowest = [0.0] * CLIENTS
        self.errors = 0

    def __enter__(self) -> _Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _pay(self, number: int) -> None:
        with ExitStack() as stack:
            sessions = {
                site: stack.enter_context(connect(login, application_name="bench"))
                for site, login in self._logins.items()
            }
            writer, due = Site.LEGACY, time.monotonic()
            while not self._end.is_set():
                due += CLIENTS / PAYMENTS_A_SECOND
                time.sleep(max(0.0, due - time.monotonic()))
                begun = time.monotonic()
                writer = self._pay_once(sessions, writer)
                taken = 1e3 * (time.monotonic() - begun)
                self.slowest[number] = max(self.slowest[number], taken)

    def _pay_once(self, sessions: Mapping[Site, psycopg.Connection], writer: Site) -> Site:
        payment = {"id": uuid4(), "key": str(uuid4())}
        while True:
            try:
                sessions[writer].execute(_PAY, payment)
            except psycopg.Error as error:
                if error.sqlstate != "PS001":
                    self.errors += 1
                    return writer
                accepting = [site for site in Site if read_writer(sessions[site]).accepting]
                writer = accepting[0] if accepting else writer
            else:
                return writer
