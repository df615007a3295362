"""Two real PostgreSQL clusters, made once; every test begins with legacy writing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import TRUST_FILE, PostgresCluster
from app.local.postgres.place import ServerPlace
from app.migration.connection import connect
from app.migration.handover import Handover
from app.migration.replication.install import install_logical_replication
from app.migration.replication.logical import LogicalReplication
from app.migration.schema import install_business_schema, prepare
from app.migration.sites import Databases, Site
from tests.migration.fencing import Fenced
from tests.migration.support import Pair, next_run_id

if TYPE_CHECKING:
    import psycopg

# Durable enough: a killed server loses nothing that the operating system has.
QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    # None is in use at a healthy site; what happens when there is one must be tested.
    "max_prepared_transactions": "4",
}


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerPlace]:
    prepared = ServerPlace.prepare(directory=tmp_path_factory.mktemp("postgresql") / "clusters")
    yield prepared
    prepared.remove()


@pytest.fixture(scope="session")
def authority() -> LocalAuthority:
    return LocalAuthority()


@pytest.fixture(scope="session")
def pair(place: ServerPlace, authority: LocalAuthority) -> Iterator[Pair]:
    clusters = {
        site: PostgresCluster(name=site.value, place=place, authority=authority, settings=QUICK)
        for site in Site
    }
    made = Pair(clusters=clusters)
    try:
        for site, cluster in clusters.items():
            cluster.create()
            with connect(made.databases[site], application_name="test-setup") as connection:
                install_business_schema(connection)
                prepare(connection, site=site, writer=Site.LEGACY)
        install_logical_replication(
            databases=made.databases,
            writer=Site.LEGACY,
            server_sslrootcert=TRUST_FILE,
            deadline_seconds=60,
        )
        yield made
    finally:
        for cluster in clusters.values():
            cluster.destroy()


@pytest.fixture
def databases(pair: Pair) -> Iterator[Databases]:
    """The engine's settings at both sites; legacy writes before and after the test."""
    yield pair.databases
    for cluster in pair.clusters.values():
        cluster.start()
    deadline = time.monotonic() + 60
    while True:
        try:
            Handover(databases=pair.databases, replication=LogicalReplication()).run(
                to=Site.LEGACY, run_id=next_run_id(), deadline_seconds=30
            )
        except Exception:
            if time.monotonic() > deadline:
                raise
        else:
            return


@pytest.fixture
def legacy(databases: Databases) -> Iterator[psycopg.Connection]:
    with connect(databases[Site.LEGACY], application_name="test") as connection:
        yield connection


@pytest.fixture
def aws(databases: Databases) -> Iterator[psycopg.Connection]:
    with connect(databases[Site.AWS], application_name="test") as connection:
        yield connection


@pytest.fixture
def fenced(databases: Databases) -> Iterator[Fenced]:
    with connect(databases[Site.LEGACY], application_name="test-fence") as session:
        made = Fenced(session)
        yield made
        made.down()
