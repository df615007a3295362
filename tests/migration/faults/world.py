"""Two durable clusters with proxies before them, and what is true of their content."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from psycopg import sql

from app.local.postgres import roles
from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import TRUST_FILE, PostgresCluster
from app.local.postgres.place import ServerPlace
from app.migration.connection import DatabaseSettings, connect
from app.migration.handover import Handover
from app.migration.handover_result import HandoverResult
from app.migration.replication.install import install_logical_replication
from app.migration.replication.logical import LogicalReplication
from app.migration.schema import install_business_schema, prepare
from app.migration.sites import Databases, Site
from tests.migration.faults.proxy import Proxy
from tests.migration.faults.workers import Workers
from tests.migration.support import Pair

# As durable as production: a commit is on disk when it is acknowledged.
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
SMALL = {"shared_buffers": "32MB", "max_wal_size": "256MB", "min_wal_size": "64MB"}

_CONTENT = """
SELECT (SELECT count(*) FROM payments.payment),
       (SELECT coalesce(sum(hashtextextended(p::text, 0)::numeric), 0) FROM payments.payment p),
       (SELECT count(*) FROM payments.ledger_entry),
       (SELECT coalesce(sum(hashtextextended(l::text, 0)::numeric), 0) FROM payments.ledger_entry l)
"""
_LOST = """
SELECT count(*) FROM unnest(%s::uuid[], %s::bigint[]) AS a (id, amount_minor)
WHERE NOT EXISTS (SELECT FROM payments.payment p
                  WHERE p.id = a.id AND p.amount_minor = a.amount_minor)
"""
_DOUBLED = """
SELECT count(*) FROM (
    SELECT FROM payments.payment p LEFT JOIN payments.ledger_entry l ON l.payment_id = p.id
    GROUP BY p.id HAVING count(l.id) <> 2 OR sum(l.amount_minor) <> 0) AS wrong
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What both databases hold, against what was acknowledged."""

    lost: int
    doubled: int
    identical: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The pair, the ways to it that can be cut, and the processes that move the writer.

    `engine_ways` lead from the handover to each database, `peer_ways` to the database that the
    other one subscribes to.
    """

    pair: Pair
    engine_ways: dict[Site, Proxy]
    peer_ways: dict[Site, Proxy]
    workers: Workers

    @property
    def databases(self) -> Databases:
        """How the handovers under test reach both databases: through the proxies."""
        return {
            site: settings.model_copy(update={"port": self.engine_ways[site].port})
            for site, settings in self.pair.databases.items()
        }

    @property
    def peers(self) -> Databases:
        """How the databases reach each other."""
        return {
            site: settings.model_copy(update={"port": self.peer_ways[site].port})
            for site, settings in self.pair.databases.items()
        }

    def admin(self, site: Site) -> DatabaseSettings:
        """The superuser's login: a fault never depends on the engine's own."""
        return self.pair.clusters[site].settings_for(role=roles.ADMIN)

    def execute(self, site: Site, statement: sql.SQL | sql.Composed) -> None:
        """Run a statement there, as the superuser."""
        with connect(self.admin(site), application_name="fault") as connection:
            connection.execute(statement)

    def accepting(self) -> list[Site]:
        """Every site that accepts writes."""
        found = []
        for site in Site:
            with connect(self.admin(site), application_name="test") as connection:
                row = connection.execute("SELECT accepting FROM payshift.writer").fetchone()
                if row is not None and row[0]:
                    found.append(site)
        return found

    def move(self, *, to: Site, run_id: str, deadline_seconds: float = 30) -> HandoverResult:
        """Hand over in this process, with the limits of production."""
        handover = Handover(databases=self.databases, replication=LogicalReplication())
        return handover.run(to=to, run_id=run_id, deadline_seconds=deadline_seconds)

    def start_servers(self) -> None:
        """Start what does not run."""
        for cluster in self.pair.clusters.values():
            cluster.start()

    def content(self, acknowledged: dict[UUID, int]) -> Content:
        """Compare both databases with each other and with the promises; replication has drained."""
        ids, amounts = list(acknowledged), list(acknowledged.values())
        lost = doubled = 0
        held = []
        for site in Site:
            with connect(self.admin(site), application_name="test") as connection:
                lost += _number(connection.execute(_LOST, (ids, amounts)).fetchone())
                doubled += _number(connection.execute(_DOUBLED).fetchone())
                held.append(connection.execute(_CONTENT).fetchone())
        return Content(lost=lost, doubled=doubled, identical=held[0] == held[1])


def _number(row: tuple[int, ...] | None) -> int:
    assert row is not None
    return row[0]


@contextmanager
def open_world(directory: Path) -> Iterator[World]:
    """Make the world below `directory`, with legacy writing; everything ends with the block."""
    with ExitStack() as stack:
        place = ServerPlace.prepare(directory=directory)
        stack.callback(place.remove)
        authority = LocalAuthority()
        clusters = {
            site: PostgresCluster(
                name=site.value, place=place, authority=authority, settings=DURABLE | SMALL
            )
            for site in Site
        }
        for cluster in clusters.values():
            stack.callback(cluster.destroy)
            cluster.create()
        ways = [_proxies(clusters, stack) for _ in range(2)]
        workers = Workers()
        stack.callback(workers.close)
        world = World(
            pair=Pair(clusters=clusters), engine_ways=ways[0], peer_ways=ways[1], workers=workers
        )
        _prepare(world)
        yield world


def _proxies(clusters: dict[Site, PostgresCluster], stack: ExitStack) -> dict[Site, Proxy]:
    made = {}
    for site, cluster in clusters.items():
        # A server that was restarted may have another port.
        made[site] = Proxy(target_port=lambda cluster=cluster: cluster.port)  # type: ignore[misc]  # mypy cannot infer a lambda's default
        stack.callback(made[site].close)
    return made


def _prepare(world: World) -> None:
    for site in Site:
        with connect(world.pair.databases[site], application_name="test-setup") as connection:
            install_business_schema(connection)
            prepare(connection, site=site, writer=Site.LEGACY)
    install_logical_replication(
        databases=world.peers,
        writer=Site.LEGACY,
        server_sslrootcert=TRUST_FILE,
        deadline_seconds=60,
    )
