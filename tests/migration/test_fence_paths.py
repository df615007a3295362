"""Writes that reach a replicated table by a detour meet the fence all the same."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.migration.fencing import refused

pytestmark = pytest.mark.slow

# Made at the site that does not write, by a superuser, in a transaction that is rolled back. The
# tables lie in another schema: nobody replicates them, and nothing fences them.
DETOURS = """
CREATE SCHEMA aside;
CREATE TABLE aside.merchant (id uuid PRIMARY KEY);
ALTER TABLE payments.payment ADD COLUMN merchant uuid
    REFERENCES aside.merchant ON DELETE CASCADE ON UPDATE CASCADE;
SET LOCAL session_replication_role = replica;
INSERT INTO aside.merchant VALUES ('00000000-0000-0000-0000-00000000000f');
INSERT INTO payments.payment
    (id, idempotency_key, request_hash, merchant_id, amount_minor, currency, merchant)
SELECT id, 'detour', '\\x00', 'm', 1, 'USD', id FROM aside.merchant;
SET LOCAL session_replication_role = origin;
CREATE VIEW aside.window AS SELECT * FROM payments.refund;
CREATE FUNCTION aside.delete_all() RETURNS void LANGUAGE sql SECURITY DEFINER
    AS 'DELETE FROM payments.refund';
CREATE PROCEDURE aside.write() LANGUAGE plpgsql AS $$
BEGIN EXECUTE 'UPDATE payments.refund SET currency = currency'; END $$;
CREATE TABLE aside.inbox (id uuid);
CREATE FUNCTION aside.pass_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN DELETE FROM payments.refund; RETURN NEW; END $$;
CREATE TRIGGER pass_on AFTER INSERT ON aside.inbox FOR EACH ROW EXECUTE FUNCTION aside.pass_on();
CREATE TABLE aside.outbox (id uuid);
CREATE RULE pass_on AS ON INSERT TO aside.outbox DO ALSO DELETE FROM payments.refund;
"""
UNFENCE = """
ALTER TABLE payments.payment DISABLE TRIGGER payshift_fence;
ALTER TABLE payments.refund DISABLE TRIGGER payshift_fence;
ALTER TABLE payments.ledger_entry DISABLE TRIGGER payshift_fence;
"""
WRITES = {
    "a foreign key's cascading delete": "DELETE FROM aside.merchant",
    "a foreign key's cascading update": "UPDATE aside.merchant SET id = gen_random_uuid()",
    "a cascading truncate": "TRUNCATE aside.merchant CASCADE",
    "a view": "DELETE FROM aside.window",
    "a function with its owner's rights": "SELECT aside.delete_all()",
    "a procedure with dynamic SQL": "CALL aside.write()",
    "another table's trigger": "INSERT INTO aside.inbox VALUES (gen_random_uuid())",
    "a rule": "INSERT INTO aside.outbox VALUES (gen_random_uuid())",
    "an upsert": "INSERT INTO payments.payment "
    "(id, idempotency_key, request_hash, merchant_id, amount_minor, currency) "
    "VALUES (gen_random_uuid(), 'detour', '\\x00', 'm', 2, 'USD') "
    "ON CONFLICT (idempotency_key) DO UPDATE SET amount_minor = 3",
    "an update of no row": "UPDATE payments.refund SET currency = 'EUR' WHERE false",
    "several tables at once": "TRUNCATE payments.ledger_entry, payments.refund RESTART IDENTITY",
}


@pytest.fixture
def detours(aws: psycopg.Connection) -> Iterator[psycopg.Connection]:
    with aws.transaction(force_rollback=True):
        aws.execute(DETOURS.encode())
        yield aws


@pytest.mark.parametrize("statement", WRITES.values(), ids=WRITES.keys())
def test_a_detour_is_refused(detours: psycopg.Connection, statement: str) -> None:
    with detours.transaction(force_rollback=True):
        detours.execute(UNFENCE.encode())
        # fact: the detour works, and only the fence stops it
        assert refused(detours, statement) is None
    with pytest.raises(psycopg.Error) as caught, detours.transaction():
        detours.execute(statement.encode())
    assert caught.value.sqlstate == "PS001"


def test_a_trigger_that_writes_at_the_commit_is_refused(detours: psycopg.Connection) -> None:
    detours.execute(
        "DROP TRIGGER pass_on ON aside.inbox; "
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON aside.inbox "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION aside.pass_on(); "
        "INSERT INTO aside.inbox VALUES (gen_random_uuid())"
    )
    with pytest.raises(psycopg.Error) as caught, detours.transaction():
        detours.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what a commit does first
    assert caught.value.sqlstate == "PS001"
