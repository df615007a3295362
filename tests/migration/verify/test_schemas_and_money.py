"""Schemas and money: what differs between the sites, and what is wrong at both."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
import pytest

from app.migration.sites import Databases, Site
from app.migration.verify.money import MoneyReport, compare_money
from app.migration.verify.schemas import EVERYTHING, RULES, SHAPE, Kind, compare_schemas
from tests.migration.support import drain, pay

pytestmark = pytest.mark.slow

Sessions = Mapping[Site, psycopg.Connection]

CHANGES = {
    "column": ("ALTER TABLE payments.refund ALTER created_at DROP DEFAULT",
               "ALTER TABLE payments.refund ALTER created_at SET DEFAULT now()"),
    "index": ("CREATE INDEX one_more ON payments.payment (merchant_id)",
              "DROP INDEX payments.one_more"),
    "constraint": ("ALTER TABLE payments.payment ADD CONSTRAINT one_more CHECK (true)",
                   "ALTER TABLE payments.payment DROP CONSTRAINT one_more"),
    "trigger": ("ALTER TABLE payments.refund DISABLE TRIGGER payshift_fence",
                "ALTER TABLE payments.refund ENABLE TRIGGER payshift_fence"),
    "sequence": ("ALTER SEQUENCE payments.ledger_entry_id_seq CACHE 50",
                 "ALTER SEQUENCE payments.ledger_entry_id_seq CACHE 1"),
    "grant": ("GRANT DELETE ON payments.payment TO payments_app",
              "REVOKE DELETE ON payments.payment FROM payments_app"),
    "type": ("CREATE DOMAIN payments.one_more AS text CHECK (VALUE <> '')",
             "DROP DOMAIN payments.one_more"),
    "table": ("ALTER TABLE payments.refund REPLICA IDENTITY FULL",
              "ALTER TABLE payments.refund REPLICA IDENTITY DEFAULT"),
}  # fmt: skip


# Kinds that callers ask for together.
NAMED = (EVERYTHING, RULES, SHAPE, frozenset({Kind.SEQUENCE}))


@pytest.fixture
def sessions(databases: Databases, legacy: psycopg.Connection, aws: psycopg.Connection) -> Sessions:
    assert databases
    return {Site.LEGACY: legacy, Site.AWS: aws}


@pytest.mark.parametrize("kind", CHANGES)
def test_another_definition_is_named_by_its_kind(sessions: Sessions, kind: str) -> None:
    before = compare_schemas(sessions)
    assert before.equal, before.differences
    change, undo = CHANGES[kind]
    sessions[Site.AWS].execute(change.encode())
    try:
        found = {kinds: compare_schemas(sessions, kinds=kinds) for kinds in NAMED}
    finally:
        sessions[Site.AWS].execute(undo.encode())
    # fact: whoever asks for this kind sees it, and nobody else does
    assert {kinds: [one.kind for one in report.differences] for kinds, report in found.items()} == {
        kinds: [kind] if kind in kinds else [] for kinds in NAMED
    }
    assert compare_schemas(sessions).equal


def test_an_extension_is_everybodys_but_no_rule(sessions: Sessions) -> None:
    sessions[Site.AWS].execute("UPDATE pg_extension SET extversion = '9' WHERE extname = 'plpgsql'")
    try:
        report = compare_schemas(sessions)
        rules = compare_schemas(sessions, kinds=RULES)
    finally:
        sessions[Site.AWS].execute(
            "UPDATE pg_extension SET extversion = '1.0' WHERE extname = 'plpgsql'"
        )
    assert [str(one) for one in report.differences] == ["extension plpgsql: legacy 1.0, aws 9"]
    assert rules.equal


def test_a_partition_elsewhere_is_compared_where_it_is_replicated(sessions: Sessions) -> None:
    for session in sessions.values():
        session.execute("CREATE SCHEMA parts")
        session.execute("CREATE TABLE payments.split (id int PRIMARY KEY) PARTITION BY RANGE (id)")
        session.execute(
            "CREATE TABLE parts.first PARTITION OF payments.split FOR VALUES FROM (1) TO (9)"
        )
    try:
        sessions[Site.LEGACY].execute("CREATE INDEX late ON parts.first (id)")
        whole = compare_schemas(sessions, replicated=True)
        schema = compare_schemas(sessions)
    finally:
        for session in sessions.values():
            session.execute("DROP TABLE payments.split")
            session.execute("DROP SCHEMA parts CASCADE")
    assert [str(one) for one in whole.differences] == [
        "index parts.late: legacy CREATE INDEX late ON parts.first USING btree (id), aws has none"
    ]
    assert schema.equal


def test_no_schema_at_all_is_not_equal(sessions: Sessions) -> None:
    nothing = compare_schemas(sessions, schemas=("nowhere",))
    # fact: only the extensions are left
    assert nothing.compared < compare_schemas(sessions).compared
    assert {one.kind for one in nothing.differences} == set()
    assert not nothing.equal


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.migration.verify.parity.SETTLED_SECONDS", 0.0)


@pytest.mark.usefixtures("at_once")
def test_money_is_right_and_known_by_day(databases: Databases, sessions: Sessions) -> None:
    pay(sessions[Site.LEGACY], amount=30)
    drain(databases)
    report = compare_money(sessions)
    assert all(row.right for row in report.figures), report.problems
    captured = [row for row in report.figures if row.subject.startswith("payments USD captured")]
    # fact: one figure for all days, and one for today
    assert len(captured) >= 2
    assert len(report.incomplete) == 4


@pytest.mark.usefixtures("at_once")
def test_a_payment_that_lacks_a_ledger_row_at_both_sites_is_seen(
    databases: Databases, sessions: Sessions
) -> None:
    legacy = sessions[Site.LEGACY]
    # fact: other tests leave payments behind whose ledger they never wrote
    before = lacking(sessions)
    payment = pay(legacy, amount=31)
    legacy.execute(
        "DELETE FROM payments.ledger_entry WHERE payment_id = %s AND account = 'clearing'",
        (payment,),
    )
    try:
        drain(databases)
        report = compare_money(sessions)
    finally:
        legacy.execute(
            "INSERT INTO payments.ledger_entry (payment_id, account, amount_minor, currency) "
            "VALUES (%s, 'clearing', -31, 'USD')",
            (payment,),
        )
    assert counted(report) == before + 1
    # fact: both sites agree on the sum, which is not zero
    assert any(problem.startswith("ledger total USD:") for problem in report.problems)
    assert lacking(sessions) == before


def lacking(sessions: Sessions) -> int:
    return counted(compare_money(sessions))


def counted(report: MoneyReport) -> int:
    (found,) = (
        one for one in report.incomplete if one.subject == "payments without their two ledger rows"
    )
    assert found.legacy == found.aws
    return found.legacy


@pytest.mark.usefixtures("at_once")
def test_sequences_that_are_not_ahead_are_told(databases: Databases, sessions: Sessions) -> None:
    pay(sessions[Site.LEGACY])
    drain(databases)
    name = "payments.ledger_entry_id_seq"
    sessions[Site.AWS].execute("SELECT setval(%s, 1)", (name,))
    assert compare_money(sessions).sequences_behind == (name,)
    sessions[Site.AWS].execute("SELECT setval(%s, 100000000)", (name,))
    assert compare_money(sessions).sequences_behind == ()
