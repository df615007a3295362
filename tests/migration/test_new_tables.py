"""A table that is added after the installation stops handovers until both directions carry it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from app.errors import HandoverRefused
from app.local.postgres.cluster import TRUST_FILE
from app.migration.connection import connect
from app.migration.deadline import Deadline
from app.migration.handover import Handover
from app.migration.replication.direction import Direction
from app.migration.replication.install import install_logical_replication
from app.migration.replication.logical import LogicalReplication
from app.migration.schema import prepare
from app.migration.sessions import open_sessions
from app.migration.sites import Databases, Site
from tests.migration.support import accepting, drain, next_run_id

pytestmark = pytest.mark.slow

ROWS = "SELECT id, amount_minor FROM payments.chargeback ORDER BY 1"


@pytest.fixture
def chargebacks(databases: Databases) -> Iterator[Databases]:
    """A table that both sites got and prepared after the installation, with a row at legacy."""
    for site in Site:
        with connect(databases[site], application_name="test") as connection:
            connection.execute(
                "CREATE TABLE payments.chargeback (id bigint PRIMARY KEY, amount_minor bigint)"
            )
            prepare(connection, site=site, writer=Site.LEGACY)
    add(databases, Site.LEGACY, number=1)
    yield databases
    for site in Site:
        with connect(databases[site], application_name="test") as connection:
            connection.execute("DROP TABLE payments.chargeback")


def add(databases: Databases, site: Site, *, number: int) -> None:
    with connect(databases[site], application_name="test") as connection:
        connection.execute("INSERT INTO payments.chargeback VALUES (%s, 100)", (number,))


def rows(databases: Databases, site: Site) -> list[tuple[object, ...]]:
    with connect(databases[site], application_name="test") as connection:
        return connection.execute(ROWS).fetchall()


def hand_over(databases: Databases, *, to: Site) -> None:
    Handover(databases=databases, replication=LogicalReplication()).run(
        to=to, run_id=next_run_id(), deadline_seconds=30
    )
    assert accepting(databases) == [to]


def install(databases: Databases) -> None:
    install_logical_replication(
        databases=databases,
        writer=Site.LEGACY,
        server_sslrootcert=TRUST_FILE,
        deadline_seconds=60,
    )


def test_a_table_that_no_publication_carries_stops_a_handover(chargebacks: Databases) -> None:
    with pytest.raises(
        HandoverRefused, match=r"payshift_forward at legacy lacks payments\.chargeback"
    ):
        hand_over(chargebacks, to=Site.AWS)
    assert accepting(chargebacks) == [Site.LEGACY]


def test_a_table_that_is_published_and_not_received_stops_a_handover(
    chargebacks: Databases,
) -> None:
    for site in Site:
        with connect(chargebacks[site], application_name="test") as connection:
            connection.execute(
                f"ALTER PUBLICATION {Direction(site).data} ADD TABLE payments.chargeback".encode()
            )
    with pytest.raises(HandoverRefused) as refusal:
        hand_over(chargebacks, to=Site.AWS)
    for direction in (Direction(site) for site in Site):
        # fact: PostgreSQL drops rows of such a table without a word, in either direction
        assert (
            f"subscription {direction.data} at {direction.target} has not taken payments.chargeback"
        ) in str(refusal.value)


def test_installing_again_takes_a_new_table_in_both_directions(chargebacks: Databases) -> None:
    before = resting(chargebacks)
    install(chargebacks)
    assert resting(chargebacks) == before
    add(chargebacks, Site.LEGACY, number=2)
    drain(chargebacks)
    # fact: what the table held is copied, and what follows is carried
    assert rows(chargebacks, Site.AWS) == [(1, 100), (2, 100)]
    hand_over(chargebacks, to=Site.AWS)
    add(chargebacks, Site.AWS, number=3)
    drain(chargebacks)
    hand_over(chargebacks, to=Site.LEGACY)
    assert rows(chargebacks, Site.LEGACY) == [(1, 100), (2, 100), (3, 100)]
    assert rows(chargebacks, Site.AWS) == rows(chargebacks, Site.LEGACY)


def test_a_partition_elsewhere_is_carried_too(databases: Databases) -> None:
    tables = "CREATE TABLE payments.dispute (id bigint PRIMARY KEY) PARTITION BY RANGE (id)"
    part = (
        "CREATE TABLE archive.dispute_1 PARTITION OF payments.dispute FOR VALUES FROM (0) TO (1000)"
    )
    for site in Site:
        with connect(databases[site], application_name="test") as connection:
            connection.execute("CREATE SCHEMA archive")
            connection.execute(tables.encode())
            connection.execute(part.encode())
            prepare(connection, site=site, writer=Site.LEGACY)
    try:
        with pytest.raises(HandoverRefused, match=r"lacks archive\.dispute_1"):
            hand_over(databases, to=Site.AWS)
        install(databases)
        with connect(databases[Site.LEGACY], application_name="test") as legacy:
            legacy.execute("INSERT INTO payments.dispute VALUES (1)")
        drain(databases)
        with connect(databases[Site.AWS], application_name="test") as aws:
            assert aws.execute("SELECT id FROM payments.dispute").fetchall() == [(1,)]
    finally:
        for site in Site:
            with connect(databases[site], application_name="test") as connection:
                connection.execute("DROP TABLE payments.dispute")
                connection.execute("DROP SCHEMA archive")


def test_installing_waits_for_whoever_hands_over(databases: Databases) -> None:
    with (
        open_sessions(databases, deadline=Deadline(seconds=30)),
        pytest.raises(HandoverRefused, match="Another handover is going on"),
    ):
        install(databases)


def resting(databases: Databases) -> list[tuple[object, ...]]:
    """Return the state of the direction that rests: its slot keeps its place."""
    with connect(databases[Site.LEGACY], application_name="test") as target:
        found = rows_of(target, "SELECT subenabled, subslotname FROM pg_subscription ORDER BY 2")
    with connect(databases[Site.AWS], application_name="test") as source:
        return found + rows_of(
            source,
            "SELECT slot_name, confirmed_flush_lsn::text, active FROM pg_replication_slots "
            "WHERE slot_name = 'payshift_reverse'",
        )


def rows_of(connection: psycopg.Connection, query: str) -> list[tuple[object, ...]]:
    return connection.execute(query.encode()).fetchall()
