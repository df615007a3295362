from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import PostgresCluster
from app.local.postgres.place import ServerPlace
from app.local.rehearsal.proof.verdict import Proof, prove
from app.local.rehearsal.records import Acknowledgement
from app.migration.connection import connect
from app.migration.schema import install_business_schema
from app.migration.sites import Databases, Site

pytestmark = pytest.mark.slow

PAY = """
WITH paid AS (
    INSERT INTO payments.payment
        (id, idempotency_key, request_hash, merchant_id, amount_minor, currency, created_at)
    VALUES (%(id)s, %(key)s, '\\x00', 'm-1', %(amount)s, %(currency)s, timestamptz '2026-01-01Z')
    RETURNING id, amount_minor, currency
)
INSERT INTO payments.ledger_entry (payment_id, account, amount_minor, currency, created_at)
SELECT id, 'merchant:m-1', amount_minor, currency, timestamptz '2026-01-01Z' FROM paid
UNION ALL SELECT id, 'clearing', -amount_minor, currency, timestamptz '2026-01-01Z' FROM paid
"""
REFUND = """
WITH given AS (
    INSERT INTO payments.refund
        (id, payment_id, idempotency_key, request_hash, amount_minor, currency, created_at)
    VALUES (%(id)s, %(payment)s, %(key)s, '\\x00', 3, 'USD', timestamptz '2026-01-01Z') RETURNING *
), booked AS (
    INSERT INTO payments.ledger_entry
        (payment_id, refund_id, account, amount_minor, currency, created_at)
    SELECT payment_id, id, 'merchant:m-1', -3, 'USD', timestamptz '2026-01-01Z' FROM given
    UNION ALL SELECT payment_id, id, 'clearing', 3, 'USD', timestamptz '2026-01-01Z' FROM given
)
UPDATE payments.payment SET refunded_minor = 3, status = 'partially_refunded'
WHERE id = %(payment)s
"""
IDS = [str(uuid.UUID(int=number)) for number in range(1, 6)]
REFUND_ID = str(uuid.UUID(int=99))
PROMISES = [
    Acknowledgement("pay", f"run1-{number}", id_, id_, 1_000 + number, "USD", "legacy", 0.0)
    for number, id_ in enumerate(IDS)
]
REFUNDED = Acknowledgement("refund", "run1-r", REFUND_ID, IDS[0], 3, "USD", "legacy", 0.0)
REPEATED = PROMISES[2]._replace(kind="repeat")


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    place = ServerPlace.prepare(directory=tmp_path_factory.mktemp("postgres"))
    authority = LocalAuthority()
    clusters = {
        site: PostgresCluster(name=site.value, place=place, authority=authority) for site in Site
    }
    try:
        for cluster in clusters.values():
            cluster.create()
            with connect(cluster.settings_for(), application_name="test") as connection:
                install_business_schema(connection)
        yield {site: cluster.settings_for() for site, cluster in clusters.items()}
    finally:
        for cluster in clusters.values():
            cluster.destroy()
        place.remove()


@pytest.fixture
def paid(databases: Databases) -> Databases:
    for site in Site:
        execute(databases, site, "TRUNCATE payments.payment, payments.refund, payments.ledger_entry"
                                 " RESTART IDENTITY")  # fmt: skip
        for one in PROMISES:
            values = {"id": one.id, "key": one.key, "amount": one.amount_minor, "currency": "USD"}
            execute(databases, site, PAY, values)
        execute(databases, site, REFUND,
                {"id": REFUND_ID, "payment": IDS[0], "key": REFUNDED.key})  # fmt: skip
    return databases


Values = Sequence[Any] | Mapping[str, Any] | None


def execute(databases: Databases, site: Site, query: str, values: Values = None) -> None:
    with connect(databases[site], application_name="test") as connection:
        connection.execute(query.encode(), values)


def proof(databases: Databases, *more: Acknowledgement, failed: tuple[str, ...] = ()) -> Proof:
    return prove(
        databases,
        acknowledgements=[*PROMISES, REFUNDED, REPEATED, *more],
        failed_keys=frozenset(failed),
        run="run1",
    )


def test_promises_kept_at_both_sites_hold(paid: Databases) -> None:
    found = proof(paid)
    assert found.holds
    assert (found.promised, found.refunds_promised) == (5, 1)
    assert found.sites[Site.AWS].tables["payment"].rows == 5
    assert found.sites[Site.AWS].ledger.totals[0].sum_minor == 0


def test_a_promise_missing_at_one_site_is_lost(paid: Databases) -> None:
    execute(paid, Site.AWS, "DELETE FROM payments.ledger_entry WHERE payment_id = %s", [IDS[3]])
    execute(paid, Site.AWS, "DELETE FROM payments.payment WHERE id = %s", [IDS[3]])
    found = proof(paid)
    assert found.lost == {"run1-3"}
    assert found.sites[Site.LEGACY].lost == frozenset()
    assert not found.identical


def test_a_promise_never_kept_anywhere_is_lost(paid: Databases) -> None:
    ghost = PROMISES[0]._replace(key="run1-ghost", id=str(uuid.uuid4()))
    ghost_refund = REFUNDED._replace(key="run1-ghost-r", id=str(uuid.uuid4()))
    assert proof(paid, ghost, ghost_refund).lost == {"run1-ghost", "run1-ghost-r"}


@pytest.mark.parametrize(
    "wrong",
    [
        PROMISES[1]._replace(amount_minor=1),
        PROMISES[1]._replace(currency="EUR"),
        REFUNDED._replace(amount_minor=4),
        REFUNDED._replace(payment_id=IDS[1]),
    ],
)
def test_another_amount_or_currency_than_promised_is_a_mismatch(
    paid: Databases, wrong: Acknowledgement
) -> None:
    found = proof(paid, wrong)
    assert found.mismatched == {wrong.key}
    assert not found.holds


def test_two_ids_for_one_key_are_a_duplicate(paid: Databases) -> None:
    assert proof(paid, REPEATED._replace(id=str(uuid.uuid4()))).duplicated == {"run1-2"}


def test_a_payment_booked_twice_is_a_duplicate(paid: Databases) -> None:
    execute(
        paid,
        Site.AWS,
        "INSERT INTO payments.ledger_entry (payment_id, account, amount_minor, currency) "
        "SELECT payment_id, account, amount_minor, currency FROM payments.ledger_entry "
        "WHERE payment_id = %s AND refund_id IS NULL",
        [IDS[4]],
    )
    assert proof(paid).duplicated == {"run1-4"}


def test_an_unbooked_payment_is_a_mismatch_and_the_ledger_tells(paid: Databases) -> None:
    execute(paid, Site.AWS, "DELETE FROM payments.ledger_entry WHERE payment_id = %s "
                            "AND amount_minor < 0", [IDS[4]])  # fmt: skip
    found = proof(paid)
    assert found.mismatched == {"run1-4"}
    assert not found.ledgers_sum_to_zero
    assert found.sites[Site.AWS].ledger.unbalanced_payments == 1


def test_a_kept_payment_nobody_was_told_of_needs_a_failed_request(paid: Databases) -> None:
    values = {"id": str(uuid.UUID(int=77)), "key": "run1-77", "amount": 5, "currency": "USD"}
    for site in Site:
        execute(paid, site, PAY, values)
    assert proof(paid).unexplained == {"run1-77"}
    explained = proof(paid, failed=("run1-77",))
    assert explained.unknown == {"run1-77"}
    assert not explained.unexplained
    assert explained.holds


def test_any_changed_byte_makes_the_databases_different(paid: Databases) -> None:
    execute(paid, Site.AWS, "UPDATE payments.payment SET request_hash = '\\x01' WHERE id = %s",
            [IDS[2]])  # fmt: skip
    found = proof(paid)
    assert not found.identical
    assert (found.lost, found.mismatched, found.duplicated) == (frozenset(),) * 3


def test_a_refund_that_the_payment_does_not_know_unbalances_the_books(paid: Databases) -> None:
    execute(paid, Site.LEGACY, "UPDATE payments.payment SET refunded_minor = 2 WHERE id = %s",
            [IDS[0]])  # fmt: skip
    assert proof(paid).sites[Site.LEGACY].ledger.disagreeing_refunds == 1


def test_a_run_without_any_promise_is_proven_too(paid: Databases) -> None:
    assert prove(paid, acknowledgements=[], failed_keys=frozenset(), run="another").holds
