"""The comparison of both databases' money sees what differs and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from app.migration.connection import connect
from app.migration.sites import Databases, Site
from app.migration.verify.money import BALANCES
from app.migration.verify.parity import FIGURES, ParityReport, compare_parity
from tests.migration.support import Pair, Payers, drain, pay

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.migration.verify.parity.SETTLED_SECONDS", 0.0)


@contextmanager
def tampered(aws: psycopg.Connection, *, change: str, undo: str, row: object) -> Iterator[None]:
    """Change a row at aws as only a replication session can, and change it back."""
    aws.execute("SET session_replication_role = replica")
    try:
        aws.execute(change.encode(), (row,))
        yield
        aws.execute(undo.encode(), (row,))
    finally:
        aws.execute("RESET session_replication_role")


def subjects(report: ParityReport) -> set[str]:
    return {row.subject for row in report.rows if not row.right}


def test_equal_databases_are_equal(databases: Databases, legacy: psycopg.Connection) -> None:
    pay(legacy, amount=7)
    report = compare_parity(databases)
    assert report.equal
    assert {"payments USD captured", "ledger total USD"} <= {row.subject for row in report.rows}


def test_a_changed_amount_is_seen(
    databases: Databases, legacy: psycopg.Connection, aws: psycopg.Connection
) -> None:
    payment = pay(legacy, amount=500)
    drain(databases)
    with tampered(
        aws,
        change="UPDATE payments.payment SET amount_minor = 501 WHERE id = %s",
        undo="UPDATE payments.payment SET amount_minor = 500 WHERE id = %s",
        row=payment,
    ):
        report = compare_parity(databases)
    # fact: the payment's sum differs; ledgers and counts do not
    assert subjects(report) == {"payments USD captured"}
    (row,) = (row for row in report.rows if not row.right)
    assert row.legacy is not None
    assert row.aws is not None
    assert row.aws[1] - row.legacy[1] == 1
    assert compare_parity(databases).equal


def test_a_ledger_that_does_not_sum_to_zero_is_seen_even_if_both_sites_agree(
    databases: Databases, legacy: psycopg.Connection
) -> None:
    payment = pay(legacy, amount=9)
    change = (
        "UPDATE payments.ledger_entry SET amount_minor = amount_minor + %s "
        "WHERE payment_id = %s AND amount_minor > 0"
    )
    legacy.execute(change, (1, payment))
    assert "ledger total USD" in subjects(compare_parity(databases))
    legacy.execute(change, (-1, payment))
    assert compare_parity(databases).equal


def test_a_wrong_status_is_seen(
    databases: Databases, legacy: psycopg.Connection, aws: psycopg.Connection
) -> None:
    payment = pay(legacy, amount=5)
    drain(databases)
    with tampered(
        aws,
        change="UPDATE payments.payment SET status = 'refunded' WHERE id = %s",
        undo="UPDATE payments.payment SET status = 'captured' WHERE id = %s",
        row=payment,
    ):
        assert subjects(compare_parity(databases)) == {
            "payments USD captured",
            "payments USD refunded",
        }


def test_databases_in_use_are_not_mistaken_for_different_ones(
    pair: Pair, databases: Databases
) -> None:
    payers = Payers(pair.applications)
    with payers.paying(threads=4, pause_seconds=0.002):
        for _ in range(5):
            payers.wait_for(20)
            assert compare_parity(databases).equal


def test_refunds_after_the_cutoff_do_not_count(
    databases: Databases, legacy: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = pay(legacy, amount=100)
    legacy.execute(
        "UPDATE payments.payment SET created_at = now() - interval '1 day' WHERE id = %s",
        (payment,),
    )
    before = figures(databases)
    # Half a day back nothing but this payment lies before the cutoff, however slow the machine is.
    monkeypatch.setattr("app.migration.verify.parity.SETTLED_SECONDS", 43_200.0)
    settled = figures(databases)
    with connect(databases[Site.LEGACY], application_name="test") as connection:
        connection.execute(
            "WITH refund AS (INSERT INTO payments.refund VALUES (gen_random_uuid(), %(id)s, "
            "gen_random_uuid(), '\\x00', 40, 'USD') RETURNING id, payment_id), ledger AS ("
            "INSERT INTO payments.ledger_entry "
            "(payment_id, refund_id, account, amount_minor, currency) "
            "SELECT payment_id, id, account, amount, 'USD' FROM refund, "
            "(VALUES ('merchant:m-1', -40), ('clearing', 40)) AS side (account, amount)) "
            "UPDATE payments.payment p SET refunded_minor = 40, status = 'partially_refunded' "
            "WHERE p.id = %(id)s",
            {"id": payment},
        )
    assert before
    assert figures(databases) == settled


@pytest.mark.parametrize("query", [FIGURES, BALANCES])
def test_every_table_is_read_once(legacy: psycopg.Connection, query: Path) -> None:
    explain = b"EXPLAIN (FORMAT JSON) " + query.read_bytes()
    row = legacy.execute(explain, {"cutoff": datetime.now(UTC)}).fetchone()
    assert row is not None
    read = re.findall(r'"Relation Name": "(\w+)"', json.dumps(row[0]))
    assert sorted(read) == ["ledger_entry", "payment", "refund"]


def figures(databases: Databases) -> dict[str, object]:
    report = compare_parity(databases)
    assert report.equal
    return {row.subject: row.legacy for row in report.rows}
