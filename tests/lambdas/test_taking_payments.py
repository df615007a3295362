from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.lambdas.payment_api.currencies import CURRENCIES
from app.lambdas.payment_api.models import MAX_AMOUNT_MINOR, NewPayment
from app.lambdas.payment_api.service import PaymentService
from app.migration.sites import Site
from tests.lambdas.conftest import Api, Pair, StartApi

pytestmark = pytest.mark.slow


def test_a_payment_is_taken_and_can_be_read(api: Api) -> None:
    taken = api.pay(key="first")
    assert taken.status == 201
    assert taken.body | {"id": "", "created_at": ""} == {
        "id": "",
        "amount_minor": 1999,
        "currency": "USD",
        "merchant_id": "m-1",
        "status": "captured",
        "refunded_minor": 0,
        "created_at": "",
    }
    age = datetime.now(UTC) - datetime.fromisoformat(taken.body["created_at"])
    assert timedelta(0) <= age < timedelta(minutes=1)
    assert taken.headers["Location"] == f"/v1/payments/{taken.body['id']}"
    assert taken.headers["X-Payshift-Site"] == "aws"
    assert taken.headers["X-Payshift-Writer"] == "legacy"

    read = api("GET", taken.headers["Location"])
    assert read.status == 200
    assert read.body == taken.body


def test_a_payment_has_two_ledger_rows_that_sum_to_zero(api: Api, databases: Pair) -> None:
    taken = api.pay(key="first")
    rows = databases.ask(
        Site.LEGACY,
        "SELECT array_agg(account || ' ' || amount_minor || ' ' || currency ORDER BY account), "
        "count(DISTINCT created_at), min(payment_id::text) FROM payments.ledger_entry",
    )
    assert rows == (["clearing -1999 USD", "merchant:m-1 1999 USD"], 1, taken.body["id"])


def test_the_same_key_with_the_same_body_gives_the_same_payment(api: Api, databases: Pair) -> None:
    taken = api.pay(key="first")
    again = api.pay(key="first")
    assert again.status == 200
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in taken.headers
    assert again.body == taken.body
    assert databases.count() == {"payment": 1, "refund": 0, "ledger_entry": 2}


def test_spaces_and_order_in_the_body_do_not_make_another_request(api: Api) -> None:
    taken = api.pay(key="first")
    body = '{ "merchant_id":"m-1",   "currency": "USD", "amount_minor": 1999 }'
    again = api("POST", "/v1/payments", body, key="first")
    assert again.status == 200
    assert again.body == taken.body


@pytest.mark.parametrize(
    "changes", [{"amount_minor": 2000}, {"currency": "EUR"}, {"merchant_id": "m-2"}]
)
def test_the_same_key_with_another_body_is_a_conflict(
    api: Api, databases: Pair, changes: dict[str, object]
) -> None:
    api.pay(key="first")
    before = databases.count()
    again = api.pay(key="first", **changes)
    assert again.status == 409
    assert again.body == {
        "type": "urn:payshift:problem:idempotency-key-reused",
        "title": "Conflict",
        "status": 409,
        "detail": "This Idempotency-Key was used with another request."
        " Use a new key for a new request.",
    }
    assert databases.count() == before


def test_the_same_request_at_the_same_moment_is_one_payment(
    start_api: StartApi, databases: Pair
) -> None:
    services: list[PaymentService] = [start_api().module._api.service for _ in range(2)]
    request = NewPayment(amount_minor=5, currency="USD", merchant_id="m-1")
    ids: list[UUID] = []

    def pay(service: PaymentService) -> None:
        for number in range(20):
            done = service.take_payment(request, key=f"k-{number}")
            ids.append(done.value.payment.id)

    threads = [threading.Thread(target=pay, args=(service,)) for service in services]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 40
    assert len(set(ids)) == 20
    assert databases.count() == {"payment": 20, "refund": 0, "ledger_entry": 40}


@pytest.mark.parametrize("mode", [{"multi_value": True}, {"encoded": True}])
def test_every_shape_of_the_load_balancers_events_is_understood(
    api: Api, mode: dict[str, bool]
) -> None:
    body = {"amount_minor": 1, "currency": "JPY", "merchant_id": "m-1"}
    taken = api("POST", "/v1/payments", body, key="first", **mode)
    assert taken.status == 201
    assert taken.headers["X-Payshift-Site"] == "aws"


def test_both_ends_of_the_amounts_are_taken(api: Api, databases: Pair) -> None:
    for amount in (1, MAX_AMOUNT_MINOR):
        assert api.pay(key=f"k-{amount}", amount_minor=amount).body["amount_minor"] == amount
    sums = databases.ask(Site.LEGACY, "SELECT sum(amount_minor)::bigint FROM payments.payment")
    assert sums == (1 + MAX_AMOUNT_MINOR,)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    amount=st.integers(1, MAX_AMOUNT_MINOR),
    key=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=255),
    currency=st.sampled_from(sorted(CURRENCIES)),
)
def test_every_amount_key_and_currency_in_bounds_is_kept_exactly(
    api: Api, amount: int, key: str, currency: str
) -> None:
    taken = api.pay(key=key, amount_minor=amount, currency=currency)
    if taken.status == 409:  # hypothesis chose a key that it has used before
        return
    assert (taken.body["amount_minor"], taken.body["currency"]) == (amount, currency)
    again = api.pay(key=key, amount_minor=amount, currency=currency)
    assert (again.status, again.body) == (200, taken.body)


def test_health_answers_without_a_database(api: Api, databases: Pair) -> None:
    databases.accept(None)
    answered = api("GET", "/health")
    assert (answered.status, answered.body) == (200, {"status": "ok", "site": "aws"})
    databases.accept(Site.LEGACY)
