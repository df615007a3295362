"""The copy is made while payments go on, and may be interrupted and repeated."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from app.errors import DatabaseFailed
from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import TRUST_FILE, PostgresCluster
from app.local.postgres.place import ServerPlace
from app.local.seed import seed_payments
from app.migration.connection import connect
from app.migration.replication.install import install_logical_replication
from app.migration.schema import install_business_schema, prepare
from app.migration.sites import Site
from app.migration.verify.parity import compare_parity
from tests.clusters import QUICK
from tests.migration.support import Pair, Payers, drain, payments
from tests.migration.test_seed import SHAPE

pytestmark = pytest.mark.slow

ROWS = 20_000


@pytest.fixture
def fresh(place: ServerPlace, authority: LocalAuthority) -> Iterator[Pair]:
    """Two prepared clusters without replication, legacy with a history."""
    clusters = {
        site: PostgresCluster(
            name=f"fresh-{site}", place=place, authority=authority, settings=QUICK
        )
        for site in Site
    }
    made = Pair(clusters=clusters)
    try:
        for site, cluster in clusters.items():
            cluster.create()
            with connect(made.databases[site], application_name="test-setup") as connection:
                install_business_schema(connection)
                prepare(connection, site=site, writer=Site.LEGACY)
                if site is Site.LEGACY:
                    seed_payments(connection, rows=ROWS)
        yield made
    finally:
        for cluster in clusters.values():
            cluster.destroy()


def install(pair: Pair, *, deadline_seconds: float = 60) -> list[str]:
    said: list[str] = []
    install_logical_replication(
        databases=pair.databases,
        writer=Site.LEGACY,
        server_sslrootcert=TRUST_FILE,
        deadline_seconds=deadline_seconds,
        progress=said.append,
    )
    return said


def shape(pair: Pair, site: Site) -> list[tuple[object, ...]]:
    with connect(pair.databases[site], application_name="test") as connection:
        return connection.execute(SHAPE).fetchall()


def test_the_copy_is_complete_though_payments_go_on_and_it_was_interrupted(fresh: Pair) -> None:
    payers = Payers(fresh.applications)
    with payers.paying(threads=3):
        payers.wait_for(10)
        with pytest.raises(DatabaseFailed, match="not copied in time"):
            install(fresh, deadline_seconds=0)
        # fact: the target has no secondary index at this moment, and remembers which to make
        assert shape(fresh, Site.AWS) != shape(fresh, Site.LEGACY)
        assert install(fresh)[-1] == "streaming"
        payers.wait_for(10)
    drain(fresh.databases)
    assert payers.errors == []
    assert len(payments(fresh.databases, Site.AWS)) == ROWS + len(payers.acknowledged)
    assert payments(fresh.databases, Site.AWS) == payments(fresh.databases, Site.LEGACY)
    assert shape(fresh, Site.AWS) == shape(fresh, Site.LEGACY)
    assert compare_parity(fresh.databases).equal


def test_installing_again_changes_nothing(pair: Pair) -> None:
    before = objects(pair)
    install(pair)
    assert objects(pair) == before


def test_a_slot_that_an_interrupted_installation_left_is_replaced(fresh: Pair) -> None:
    with connect(fresh.databases[Site.LEGACY], application_name="test") as connection:
        connection.execute(
            "SELECT pg_create_logical_replication_slot('payshift_forward', 'pgoutput')"
        )
    install(fresh)
    assert compare_parity(fresh.databases).equal


def test_no_password_is_written_to_a_log_or_told(fresh: Pair) -> None:
    for site in Site:
        with connect(fresh.databases[site], application_name="test") as connection:
            connection.execute("ALTER SYSTEM SET log_statement = 'ddl'")
            connection.execute("SELECT pg_reload_conf()")
    with pytest.raises(DatabaseFailed, match="payshift_probe_forward could not be made") as failure:
        install_logical_replication(
            databases=fresh.databases,
            writer=Site.LEGACY,
            server_sslrootcert="nowhere.pem",
            deadline_seconds=60,
        )
    assert failure.value.__suppress_context__
    install(fresh)
    told = str(failure.value)
    for cluster in fresh.clusters.values():
        log = cluster.log.read_text(encoding="utf-8", errors="replace")
        # fact: the server was asked to log every definition, and did
        assert "CREATE PUBLICATION" in log
        told += log
    for settings in fresh.databases.values():
        assert settings.password.get_secret_value() not in told


def objects(pair: Pair) -> list[object]:
    found: list[object] = []
    for site in Site:
        with connect(pair.databases[site], application_name="test") as connection:
            found += rows(connection, "SELECT oid, subname, subenabled FROM pg_subscription")
            found += rows(connection, "SELECT oid, pubname FROM pg_publication")
            found += rows(connection, "SELECT slot_name, active FROM pg_replication_slots")
    return found


def rows(connection: psycopg.Connection, query: str) -> list[tuple[object, ...]]:
    return sorted(connection.execute(query.encode()).fetchall(), key=str)
