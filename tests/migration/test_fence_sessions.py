"""Sessions that were there before the fence, and those that claim to be something else."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from app.local.postgres import roles
from app.migration.connection import connect
from app.migration.fence import accept_again, read_writer, settle
from app.migration.sites import Site
from tests.migration.fencing import Fenced, refused
from tests.migration.support import Pair, pay

pytestmark = pytest.mark.slow

WRITE = "UPDATE payments.refund SET currency = currency"


@pytest.fixture
def client(pair: Pair) -> Iterator[psycopg.Connection]:
    with connect(pair.applications[Site.LEGACY], application_name="client") as connection:
        yield connection


@pytest.fixture
def administrator(pair: Pair) -> Iterator[psycopg.Connection]:
    """A superuser whose role is not the engine's, at the site that does not write."""
    login = pair.clusters[Site.AWS].settings_for(role=roles.ADMIN)
    with connect(login, application_name="administrator") as connection:
        yield connection


def test_a_session_idle_in_its_transaction_does_not_hold_the_fence_up_and_is_refused_after_it(
    client: psycopg.Connection, fenced: Fenced
) -> None:
    client.execute("BEGIN")
    client.execute("SELECT count(*) FROM payments.refund")
    assert fenced.up()
    assert refused(client, WRITE) == "PS001"


@pytest.mark.parametrize("habit", ["SELECT pg_advisory_unlock_all()", "RESET ALL", "CLOSE ALL"])
def test_what_a_pool_does_between_two_clients_does_not_let_go_of_a_write_in_flight(
    client: psycopg.Connection, fenced: Fenced, habit: str
) -> None:
    with client.transaction():
        pay(client)
        client.execute(habit.encode())
        with pytest.raises(psycopg.errors.LockNotAvailable):
            fenced.up(patience_seconds=0.1)


def test_a_session_that_a_pool_hands_on_is_refused(
    client: psycopg.Connection, fenced: Fenced
) -> None:
    pay(client)
    client.execute("DISCARD ALL")
    assert fenced.up()
    assert refused(client, WRITE) == "PS001"


def test_a_write_that_was_rolled_back_to_a_savepoint_is_asked_again(
    client: psycopg.Connection, fenced: Fenced
) -> None:
    client.execute("BEGIN; SAVEPOINT before")
    pay(client)
    client.execute("ROLLBACK TO before")
    # fact: nothing is in flight any more, so the fence need not wait for this transaction
    assert fenced.up()
    assert refused(client, WRITE) == "PS001"


def test_a_prepared_transaction_holds_the_fence_up(
    client: psycopg.Connection, fenced: Fenced
) -> None:
    client.execute("BEGIN")
    pay(client)
    client.execute("PREPARE TRANSACTION 'half'")
    try:
        with pytest.raises(psycopg.errors.LockNotAvailable):
            fenced.up(patience_seconds=0.1)
    finally:
        client.execute("ROLLBACK PREPARED 'half'")
    assert fenced.up()


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_snapshot_older_than_a_fence_that_was_taken_back_is_refused_too(
    client: psycopg.Connection, fenced: Fenced, level: str
) -> None:
    client.execute(f"BEGIN ISOLATION LEVEL {level}".encode())
    client.execute("SELECT count(*) FROM payments.payment")
    assert fenced.up()
    fenced.down()
    # fact: what the other site wrote meanwhile is unknown to this snapshot
    assert refused(client, WRITE) == "40001"


@pytest.mark.parametrize("role", ["replica", "local"])
def test_a_superuser_who_claims_to_be_the_replication_is_refused(
    administrator: psycopg.Connection, role: str
) -> None:
    administrator.execute(f"SET session_replication_role = {role}".encode())
    assert refused(administrator, WRITE) == "PS001"


def test_a_role_of_the_replication_passes_and_so_does_its_second_user(
    aws: psycopg.Connection,
) -> None:
    with aws.transaction(force_rollback=True):
        aws.execute(
            "CREATE ROLE carrier SUPERUSER; CREATE ROLE carrier_clone SUPERUSER IN ROLE carrier; "
            "INSERT INTO payshift.replicator VALUES ('carrier')"
        )
        for user in ("carrier", "carrier_clone"):
            aws.execute(f"SET LOCAL SESSION AUTHORIZATION {user}".encode())
            aws.execute("SET LOCAL session_replication_role = replica")
            aws.execute(WRITE.encode())
            aws.execute("SET LOCAL session_replication_role = origin")
            with pytest.raises(psycopg.Error) as caught, aws.transaction():
                aws.execute(WRITE.encode())
            assert caught.value.sqlstate == "PS001"
            aws.execute("RESET SESSION AUTHORIZATION")


def test_the_short_way_is_open_only_while_the_site_accepts_for_certain(fenced: Fenced) -> None:
    assert accepts(fenced) == 1
    assert fenced.up()
    assert accepts(fenced) == 0
    # fact: asked to settle behind the fence, it stays shut
    assert settle(fenced.session) is False
    assert accepts(fenced) == 0
    fenced.down()
    assert accepts(fenced) == 1


def test_a_fence_that_fails_half_way_costs_the_short_way_and_nothing_else(
    client: psycopg.Connection, fenced: Fenced
) -> None:
    with fenced.session.transaction(force_rollback=True):
        assert fenced.up()
    # facts: a sequence knows no rollback; the row does, and the row is asked
    assert accepts(fenced) == 0
    assert read_writer(fenced.session).accepting
    pay(client)
    assert settle(fenced.session) is True
    assert accepts(fenced) == 1


def test_a_fence_that_failed_half_way_and_is_taken_back_costs_nothing(fenced: Fenced) -> None:
    with fenced.session.transaction(force_rollback=True):
        assert fenced.up()
    epoch = read_writer(fenced.session).epoch
    assert not accept_again(fenced.session, run_id="taken-back", epoch=epoch, detail={})
    assert accepts(fenced) == 1


def test_the_short_way_cannot_be_opened_by_the_transaction_that_unfences(fenced: Fenced) -> None:
    assert fenced.up()
    with fenced.session.transaction(force_rollback=True):
        fenced.session.execute("UPDATE payshift.writer SET accepting = true")
        assert settle(fenced.session) is False
    assert accepts(fenced) == 0


def test_clients_cannot_open_the_short_way(client: psycopg.Connection) -> None:
    assert refused(client, "SELECT setval('payshift.accepts', 1)") == "42501"
    assert refused(client, "INSERT INTO payshift.replicator VALUES (current_user)") == "42501"


def accepts(fenced: Fenced) -> int | None:
    row = fenced.session.execute("SELECT pg_sequence_last_value('payshift.accepts')").fetchone()
    assert row is not None
    return None if row[0] is None else int(row[0])
