"""The fence refuses every client at the site that is not the writer."""

from __future__ import annotations

import threading
import time
from uuid import uuid4

import psycopg
import pytest

from app.migration.connection import connect
from app.migration.fence import WRITE_REFUSED, read_writer, settle
from app.migration.schema import prepare, unfenced_tables
from app.migration.sites import Site
from tests.migration.fencing import Fenced, refused
from tests.migration.support import PAY, Pair, pay

pytestmark = pytest.mark.slow

LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
STATEMENTS = {
    "insert": "INSERT INTO payments.payment "
    "(id, idempotency_key, request_hash, merchant_id, amount_minor, currency) "
    "VALUES (gen_random_uuid(), gen_random_uuid(), '\\x00', 'm', 1, 'USD')",
    "insert nothing": "INSERT INTO payments.refund SELECT * FROM payments.refund WHERE false",
    "update": "UPDATE payments.payment SET status = 'refunded'",
    "delete": "DELETE FROM payments.ledger_entry",
    "truncate": "TRUNCATE payments.payment CASCADE",
    "writable CTE": "WITH gone AS (DELETE FROM payments.refund RETURNING id) SELECT * FROM gone",
    "function": "DO $$ BEGIN DELETE FROM payments.refund; END $$",
    "copy": "COPY payments.ledger_entry (payment_id, account, amount_minor, currency) FROM STDIN",
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
@pytest.mark.parametrize("level", LEVELS)
def test_the_site_that_is_not_the_writer_refuses_every_statement_at_every_isolation_level(
    aws: psycopg.Connection, level: str, statement: str
) -> None:
    aws.execute(f"BEGIN ISOLATION LEVEL {level}".encode())
    # fact: aws never wrote, and this session belongs to a superuser
    assert refused(aws, statement) == "PS001"
    aws.rollback()


@pytest.mark.parametrize("role", ["payments_app", "payments_owner"])
def test_the_application_and_the_owner_are_refused(
    pair: Pair, aws: psycopg.Connection, role: str
) -> None:
    assert pair.clusters
    aws.execute(f"SET ROLE {role}".encode())
    assert refused(aws, STATEMENTS["insert"]) == "PS001"


def test_a_replication_session_passes(aws: psycopg.Connection) -> None:
    with aws.transaction(force_rollback=True):
        aws.execute("SET LOCAL session_replication_role = replica")
        pay(aws)


def test_the_writer_accepts(legacy: psycopg.Connection) -> None:
    with legacy.transaction(force_rollback=True):
        pay(legacy)


@pytest.mark.parametrize("level", LEVELS)
def test_a_transaction_that_began_before_the_fence_cannot_write_after_it(
    pair: Pair, fenced: Fenced, level: str
) -> None:
    with connect(pair.applications[Site.LEGACY], application_name="old") as client:
        client.execute(f"BEGIN ISOLATION LEVEL {level}".encode())
        client.execute("SELECT count(*) FROM payments.payment")  # takes the snapshot
        assert fenced.up()
        # facts: a new snapshot sees the flag (PS001); an old one cannot lock the row (40001)
        expected = "PS001" if level == "READ COMMITTED" else "40001"
        with pytest.raises(psycopg.Error) as caught:
            pay(client)
        assert caught.value.sqlstate == expected


@pytest.mark.parametrize("level", LEVELS)
def test_a_writer_in_flight_finishes_before_the_fence_stands(
    pair: Pair, fenced: Fenced, level: str
) -> None:
    stands = threading.Event()

    def raise_fence() -> None:
        assert fenced.up(patience_seconds=20)
        stands.set()

    with connect(pair.applications[Site.LEGACY], application_name="flight") as client:
        client.execute(f"BEGIN ISOLATION LEVEL {level}".encode())
        first = pay(client)
        thread = threading.Thread(target=raise_fence)
        thread.start()
        wait_until_blocked(pair)
        second = pay(client)  # fact: its transaction holds the lock already, so it goes on
        assert not stands.is_set()
        client.commit()
        thread.join(timeout=20)
        assert stands.is_set()
        found = client.execute(
            "SELECT count(*) FROM payments.payment WHERE id = ANY(%s)", ([first, second],)
        ).fetchone()
        assert found == (2,)
        with pytest.raises(psycopg.Error, match="accepts no writes"):
            pay(client)


def test_a_writer_that_came_while_the_fence_was_awaited_is_refused(
    pair: Pair, fenced: Fenced
) -> None:
    outcome: list[str | None] = []

    def late() -> None:
        with connect(pair.applications[Site.LEGACY], application_name="late") as client:
            try:
                pay(client)
            except psycopg.Error as error:
                outcome.append(error.sqlstate)
            else:
                outcome.append("accepted")

    with connect(pair.applications[Site.LEGACY], application_name="flight") as client:
        client.execute("BEGIN")
        pay(client)
        fencing = threading.Thread(target=fenced.up, kwargs={"patience_seconds": 20})
        fencing.start()
        wait_until_blocked(pair)
        queued = threading.Thread(target=late)
        queued.start()
        wait_until_blocked(pair, count=2)
        client.commit()
        fencing.join(timeout=20)
        queued.join(timeout=20)
    assert outcome == ["PS001"]


def test_a_prepared_statement_of_an_idle_session_is_refused(pair: Pair, fenced: Fenced) -> None:
    with connect(pair.applications[Site.LEGACY], application_name="idle") as client:
        for _ in range(8):
            client.execute(PAY, {"id": uuid4(), "amount": 1}, prepare=True)
        assert fenced.up()
        with pytest.raises(psycopg.Error) as caught:
            client.execute(PAY, {"id": uuid4(), "amount": 1}, prepare=True)
        assert caught.value.sqlstate == "PS001"


def test_a_fence_that_waits_too_long_changes_nothing(pair: Pair, fenced: Fenced) -> None:
    with connect(pair.applications[Site.LEGACY], application_name="long") as client:
        client.execute("BEGIN")
        pay(client)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            fenced.up(patience_seconds=0.1)
        assert read_writer(fenced.session).accepting
        pay(client)
        client.commit()


def test_a_fence_of_another_epoch_changes_nothing(fenced: Fenced) -> None:
    fenced.epoch += 1
    assert fenced.up() is False
    assert read_writer(fenced.session).accepting


def test_preparing_again_puts_a_missing_fence_back(aws: psycopg.Connection) -> None:
    aws.execute("ALTER TABLE payments.refund DISABLE TRIGGER payshift_fence")
    assert unfenced_tables(aws) == ("payments.refund",)
    prepare(aws, site=Site.AWS, writer=Site.LEGACY)
    assert unfenced_tables(aws) == ()


def test_preparing_again_keeps_what_the_site_knows(aws: psycopg.Connection) -> None:
    before = read_writer(aws)
    prepare(aws, site=Site.AWS, writer=Site.AWS)
    assert read_writer(aws) == before


def wait_until_blocked(pair: Pair, *, count: int = 1) -> None:
    """Wait until this many sessions at legacy wait for the fence's lock."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    end = time.monotonic() + 20
    with connect(pair.databases[Site.LEGACY], application_name="watch") as watch:
        while watch.execute(query).fetchone() != (count,):
            assert time.monotonic() < end
            time.sleep(0.005)


def test_a_row_that_is_changed_by_hand_is_obeyed_at_once(legacy: psycopg.Connection) -> None:
    settle(legacy)
    pay(legacy)
    legacy.execute("UPDATE payshift.writer SET accepting = false")
    try:
        with pytest.raises(psycopg.Error) as refused:
            pay(legacy)
        assert refused.value.sqlstate == WRITE_REFUSED
    finally:
        legacy.execute("UPDATE payshift.writer SET accepting = true")
    pay(legacy)
