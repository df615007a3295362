"""Checks of both databases: each passes on a sound pair, and fails when one thing is broken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import psycopg
import pytest

from app.migration.checks import CheckContext, CheckResult, Outcome, all_checks, run_check
from app.migration.checks.base import MetricDataClient
from app.migration.replication.direction import Direction
from app.migration.server_certificate import valid_until
from app.migration.sites import Databases, Site
from tests.migration.killed_handover import run_and_kill
from tests.migration.support import Pair, drain, next_run_id, pay

pytestmark = pytest.mark.slow

SOUND = {
    "replication_running": 1,
    "way_back_seconds": 10,
    "money_parity": 1,
    "schema_parity": 1,
    "sequences_ahead": 1,
    "writer_epoch_agrees": 1,
    "unencrypted_sessions": 0,
    "certificate_days": 30,
}
OF_THE_WRITER = ("replication_running", "way_back_seconds", "sequences_ahead")


def measure(key: str, limit: float, databases: Databases, **changes: Any) -> CheckResult:
    context = CheckContext(
        databases=databases,
        cloudwatch=cast("MetricDataClient", None),
        environment="local",
        since=datetime.now(UTC),
    )
    return run_check(all_checks()[key], context=replace(context, **changes), limit=limit)


@contextmanager
def told(connection: psycopg.Connection, statement: str, *, undo: str) -> Iterator[None]:
    """Change something for the length of a block."""
    connection.execute(statement.encode())
    try:
        yield
    finally:
        connection.execute(undo.encode())


@pytest.mark.parametrize("key", sorted(SOUND))
def test_a_sound_pair_passes(databases: Databases, legacy: psycopg.Connection, key: str) -> None:
    pay(legacy, amount=3)
    result = measure(key, SOUND[key], databases)
    assert (result.outcome, result.remedy) == (Outcome.PASSED, ""), result.message


def test_while_nobody_writes_nothing_is_known(databases: Databases) -> None:
    run_and_kill(databases, to=Site.AWS, run_id=next_run_id(), after="fenced")
    for key in (*OF_THE_WRITER, "writer_epoch_agrees"):
        assert measure(key, 1, databases).outcome is Outcome.INCONCLUSIVE


def test_a_database_that_is_down_is_no_proof_of_anything(databases: Databases) -> None:
    down = {**databases, Site.AWS: databases[Site.AWS].model_copy(update={"port": 1})}
    for key in SOUND:
        assert measure(key, 1, down).outcome is Outcome.INCONCLUSIVE


def test_a_subscription_that_is_switched_off_is_no_running_replication(
    databases: Databases, aws: psycopg.Connection
) -> None:
    name = Direction(Site.LEGACY).data
    with told(
        aws,
        f"ALTER SUBSCRIPTION {name} DISABLE",
        undo=f"ALTER SUBSCRIPTION {name} ENABLE",
    ):
        result = measure("replication_running", 1, databases)
    assert (result.outcome, result.figure) == (Outcome.FAILED, 1)
    assert result.message == f"subscription {name} at aws is disabled"


def test_without_its_probe_the_way_back_is_not_proven(
    databases: Databases, legacy: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.migration.checks.journey.PATIENCE_SECONDS", 0.1)
    with legacy.transaction():  # fact: the worker cannot insert while the table is locked
        legacy.execute("LOCK payshift.probe_aws IN SHARE MODE")
        result = measure("way_back_seconds", 0.2, databases)
    assert result.outcome is Outcome.FAILED
    assert "from aws to legacy did not arrive in 0.3 s" in result.message


def test_money_on_the_wrong_account_is_found_by_balance_and_by_row(
    databases: Databases,
    legacy: psycopg.Connection,
    aws: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.migration.verify.parity.SETTLED_SECONDS", 0.0)
    payment = pay(legacy, amount=3)
    drain(databases)
    aws.execute("SET session_replication_role = replica")
    change = "UPDATE payments.ledger_entry SET account = %s WHERE payment_id = %s AND account = %s"
    aws.execute(change, ("merchant:m-2", payment, "merchant:m-1"))
    try:
        wrong = measure("money_parity", 1, databases)
        rows = measure("row_parity", 1, databases)
    finally:
        aws.execute(change, ("merchant:m-1", payment, "merchant:m-2"))
    # fact: one account lacks the money, another one has it
    assert (wrong.outcome, wrong.figure) == (Outcome.FAILED, 2)
    assert "balance of merchant:m-1 in USD" in wrong.message
    assert rows.outcome is Outcome.FAILED  # fact: the rows differ as well
    assert measure("money_parity", 1, databases).outcome is Outcome.PASSED


def test_a_ledger_that_owes_more_than_was_paid_fails_though_both_sites_agree(
    databases: Databases, legacy: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.migration.verify.parity.SETTLED_SECONDS", 0.0)
    payment = pay(legacy, amount=3)
    legacy.execute(
        "INSERT INTO payments.ledger_entry (payment_id, account, amount_minor, currency)"
        " VALUES (%(id)s, 'merchant:m-1', 5, 'EUR'), (%(id)s, 'clearing', -5, 'EUR')",
        {"id": payment},
    )
    try:
        result = measure("money_parity", 1, databases)
    finally:
        legacy.execute("DELETE FROM payments.ledger_entry WHERE currency = 'EUR'")
        drain(databases)
    assert result.outcome is Outcome.FAILED
    assert result.message.startswith("ledger total against payments in EUR")


@pytest.mark.parametrize(
    ("statement", "undo", "subject"),
    [
        (
            "DROP INDEX payments.ledger_entry_payment_id",
            "CREATE INDEX ledger_entry_payment_id ON payments.ledger_entry (payment_id)",
            "index payments.ledger_entry_payment_id",
        ),
        (
            "ALTER TABLE payments.refund DROP CONSTRAINT refund_amount_minor_check",
            "ALTER TABLE payments.refund ADD CHECK (amount_minor > 0)",
            "constraint payments.refund.refund_amount_minor_check",
        ),
        (
            "ALTER TABLE payments.payment ALTER status DROP DEFAULT",
            "ALTER TABLE payments.payment ALTER status SET DEFAULT 'captured'",
            "column payments.payment.status",
        ),
        (
            "ALTER TABLE payments.payment DISABLE TRIGGER payshift_fence",
            "ALTER TABLE payments.payment ENABLE TRIGGER payshift_fence",
            "trigger payments.payment.payshift_fence",
        ),
        (
            "ALTER SEQUENCE payments.ledger_entry_id_seq MAXVALUE 2147483647",
            "ALTER SEQUENCE payments.ledger_entry_id_seq NO MAXVALUE",
            "sequence payments.ledger_entry_id_seq",
        ),
    ],
    ids=["index", "constraint", "default", "trigger", "sequence"],
)
def test_a_definition_that_differs_is_named(
    databases: Databases, aws: psycopg.Connection, statement: str, undo: str, subject: str
) -> None:
    with told(aws, statement, undo=undo):
        result = measure("schema_parity", 1, databases)
    assert (result.outcome, result.figure) == (Outcome.FAILED, 1)
    assert result.message.startswith(f"{subject}: legacy ")


def test_a_sequence_that_would_draw_a_number_twice_is_found(
    databases: Databases, legacy: psycopg.Connection
) -> None:
    pay(legacy)
    sequence = "payments.ledger_entry_id_seq"
    row = legacy.execute("SELECT last_value FROM payments.ledger_entry_id_seq").fetchone()
    assert row is not None
    with told(
        legacy,
        f"SELECT setval('{sequence}', 1, false)",
        undo=f"SELECT setval('{sequence}', {row[0]})",
    ):
        result = measure("sequences_ahead", 1, databases)
    assert (result.outcome, result.figure) == (Outcome.FAILED, 1)
    assert "ledger_entry_id_seq at legacy is at 0" in result.message


def test_databases_of_different_epochs_disagree(
    databases: Databases, aws: psycopg.Connection
) -> None:
    with told(
        aws,
        "UPDATE payshift.writer SET epoch = epoch + 1",
        undo="UPDATE payshift.writer SET epoch = epoch - 1",
    ):
        result = measure("writer_epoch_agrees", 1, databases)
    assert (result.outcome, result.figure) == (Outcome.FAILED, 1)
    assert "epoch" in result.message


def test_two_writers_are_found(databases: Databases, aws: psycopg.Connection) -> None:
    with told(
        aws,
        "UPDATE payshift.writer SET writer = 'aws', accepting = true",
        undo="UPDATE payshift.writer SET writer = 'legacy', accepting = false",
    ):
        result = measure("writer_epoch_agrees", 1, databases)
    assert result.outcome is Outcome.FAILED
    assert "both sites accept writes" in result.message


@pytest.fixture
def plain_allowed(aws: psycopg.Connection) -> Iterator[None]:
    """Let the server at aws take connections without TLS, as one that is not looked after does."""
    row = aws.execute("SELECT pg_read_file(f), f FROM current_setting('hba_file') AS f").fetchone()
    assert row is not None
    rules, file = row

    def write(text: str) -> None:
        # A control character that occurs in no rule keeps COPY from quoting anything.
        aws.execute("CREATE TEMP TABLE IF NOT EXISTS rules (line text)")
        aws.execute("TRUNCATE rules")
        for line in text.splitlines():
            aws.execute("INSERT INTO rules VALUES (%s)", (line,))
        aws.execute(f"COPY rules TO '{file}' (FORMAT csv, QUOTE E'\\x01')".encode())
        aws.execute("SELECT pg_reload_conf()")

    write("hostnossl all all 127.0.0.1/32 scram-sha-256\n" + rules)
    yield
    write(rules)


@pytest.mark.usefixtures("plain_allowed")
def test_a_session_in_the_clear_is_found_with_its_user(pair: Pair, databases: Databases) -> None:
    login = pair.applications[Site.AWS]
    conninfo = login.conninfo(sslmode="disable", application_name="careless")
    deadline = datetime.now(UTC) + timedelta(seconds=20)
    while True:
        try:
            plain = psycopg.connect(conninfo)
        except psycopg.OperationalError:
            assert datetime.now(UTC) < deadline, "the server never took the new rules"
            continue
        break
    with plain:
        result = measure("unencrypted_sessions", 0, databases)
    assert (result.outcome, result.figure) == (Outcome.FAILED, 1)
    assert "payments_app (careless) at aws" in result.message


def test_who_may_not_see_sessions_cannot_say_that_all_are_encrypted(pair: Pair) -> None:
    result = measure("unencrypted_sessions", 0, pair.applications)
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "may not see" in result.message


def test_the_certificate_that_ends_first_counts(databases: Databases) -> None:
    end = valid_until(databases[Site.AWS])
    left = measure("certificate_days", 30, databases, now=end - timedelta(days=31))
    assert (left.outcome, left.figure) == (Outcome.PASSED, 31)
    late = measure("certificate_days", 30, databases, now=end - timedelta(days=29))
    assert (late.outcome, late.figure) == (Outcome.FAILED, 29)


def test_a_certificate_for_another_name_does_not_verify(databases: Databases) -> None:
    login = databases[Site.AWS]
    other = login.model_copy(
        update={"host": "other.test", "hostaddr": login.hostaddr or login.host}
    )
    result = measure("certificate_days", 30, {**databases, Site.AWS: other})
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "cannot be verified" in result.message
