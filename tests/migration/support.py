"""What several tests of the engine use: the pair of clusters, payments, and payers."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import psycopg

from app.errors import DatabaseFailed
from app.local.postgres import roles
from app.local.postgres.cluster import PostgresCluster
from app.migration.connection import connect
from app.migration.deadline import Deadline
from app.migration.fence import WRITE_REFUSED, read_writer
from app.migration.markers import round_trip
from app.migration.replication.direction import Direction
from app.migration.sites import Databases, Site

_numbers = itertools.count(1)

PAY = """
WITH payment AS (
    INSERT INTO payments.payment
        (id, idempotency_key, request_hash, merchant_id, amount_minor, currency)
    VALUES (%(id)s, %(id)s, '\\x00', 'm-1', %(amount)s, 'USD')
    ON CONFLICT (idempotency_key) DO NOTHING RETURNING id, amount_minor, currency, created_at)
INSERT INTO payments.ledger_entry (payment_id, account, amount_minor, currency, created_at)
SELECT id, side.account, side.sign * amount_minor, currency, created_at FROM payment
CROSS JOIN (VALUES ('merchant:m-1', 1), ('clearing', -1)) AS side (account, sign)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two running clusters with replication from legacy to aws."""

    clusters: Mapping[Site, PostgresCluster]

    @property
    def databases(self) -> Databases:
        """How the engine connects."""
        return {site: cluster.settings_for() for site, cluster in self.clusters.items()}

    @property
    def applications(self) -> Databases:
        """How the payment API connects."""
        return {
            site: cluster.settings_for(role=roles.APPLICATION)
            for site, cluster in self.clusters.items()
        }


def next_run_id() -> str:
    """Return a run id that sorts after every earlier one."""
    return f"20261123T000000.{next(_numbers):06d}Z-test"


def pay(connection: psycopg.Connection, *, amount: int = 100) -> UUID:
    """Take one payment with its two ledger rows; return its id."""
    payment = uuid4()
    connection.execute(PAY, {"id": payment, "amount": amount})
    return payment


def accepting(databases: Databases) -> list[Site]:
    """Return every site that accepts writes."""
    found = []
    for site in Site:
        with connect(databases[site], application_name="test") as connection:
            if read_writer(connection).accepting:
                found.append(site)
    return found


def payments(databases: Databases, site: Site) -> dict[UUID, int]:
    """Return the amount of every payment at the site."""
    with connect(databases[site], application_name="test") as connection:
        return dict(connection.execute("SELECT id, amount_minor FROM payments.payment").fetchall())


def drain(databases: Databases) -> None:
    """Wait until the site that does not write has everything."""
    (writer,) = accepting(databases)
    away = Direction(writer)
    with (
        connect(databases[Site.LEGACY], application_name="test") as legacy,
        connect(databases[Site.AWS], application_name="test") as aws,
    ):
        assert round_trip(
            sessions={Site.LEGACY: legacy, Site.AWS: aws},
            direction=away,
            table=away.marker_table,
            deadline=Deadline(seconds=30),
        )


@dataclass(slots=True)
class Payers:
    """Clients that pay, hold on when refused, and remember what was acknowledged."""

    applications: Databases
    acknowledged: dict[UUID, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def paying(self, *, threads: int = 4, pause_seconds: float = 0.01) -> Iterator[None]:
        """Pay all the time; on leaving, every started payment has been acknowledged."""
        workers = [
            threading.Thread(target=self._pay, args=(pause_seconds,)) for _ in range(threads)
        ]
        for worker in workers:
            worker.start()
        try:
            yield
        finally:
            self._over.set()
            for worker in workers:
                worker.join()

    def wait_for(self, count: int) -> None:
        """Wait until this many more payments have been acknowledged."""
        wanted, end = len(self.acknowledged) + count, time.monotonic() + 30
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < end, f"only {len(self.acknowledged)} of {wanted} payments"
            time.sleep(0.005)

    def _pay(self, pause_seconds: float) -> None:
        connections: dict[Site, psycopg.Connection] = {}
        site = Site.LEGACY
        while not self._over.is_set():
            payment = uuid4()
            amount = 1 + payment.int % 10_000
            site = self._until_acknowledged(connections, site, payment, amount)
            self.acknowledged[payment] = amount
            time.sleep(pause_seconds)
        for connection in connections.values():
            connection.close()

    def _until_acknowledged(
        self, connections: dict[Site, psycopg.Connection], site: Site, payment: UUID, amount: int
    ) -> Site:
        while True:
            try:
                if site not in connections or connections[site].closed:
                    connections[site] = connect(self.applications[site], application_name="payer")
                connections[site].execute(PAY, {"id": payment, "amount": amount}, prepare=True)
            except psycopg.Error as error:
                if error.sqlstate != WRITE_REFUSED:
                    self.errors.append(repr(error))
                time.sleep(random.uniform(0.002, 0.01))  # noqa: S311 - spreads payers, hides nothing
            except DatabaseFailed as error:
                self.errors.append(repr(error))
                time.sleep(0.02)
            else:
                return site
            site = site.other
