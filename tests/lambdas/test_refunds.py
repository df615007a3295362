from __future__ import annotations

import threading
from uuid import UUID, uuid4

import pytest

from app.lambdas.payment_api.models import NewRefund
from app.lambdas.payment_api.problems import Problem
from app.lambdas.payment_api.refunds import TakeRefund
from app.lambdas.payment_api.service import PaymentService
from app.local.postgres import roles
from app.migration.connection import connect
from app.migration.sites import Site
from tests.lambdas.conftest import Answered, Api, Pair, StartApi

pytestmark = pytest.mark.slow


def refund(api: Api, payment_id: str, amount_minor: int, *, key: str) -> Answered:
    return api(
        "POST", f"/v1/payments/{payment_id}/refunds", {"amount_minor": amount_minor}, key=key
    )


def test_parts_and_then_the_rest_can_be_refunded(api: Api, databases: Pair) -> None:
    payment = api.pay(key="p", amount_minor=1000).body
    first = refund(api, payment["id"], 400, key="r1")
    assert first.status == 201
    assert first.body | {"id": "", "created_at": ""} == {
        "id": "",
        "payment_id": payment["id"],
        "amount_minor": 400,
        "currency": "USD",
        "created_at": "",
    }
    path = f"/v1/payments/{payment['id']}"
    partly = api("GET", path).body
    assert (partly["status"], partly["refunded_minor"]) == ("partially_refunded", 400)
    assert refund(api, payment["id"], 600, key="r2").status == 201
    wholly = api("GET", path).body
    assert (wholly["status"], wholly["refunded_minor"]) == ("refunded", 1000)
    assert databases.count() == {"payment": 1, "refund": 2, "ledger_entry": 6}
    ledger = databases.ask(
        Site.LEGACY,
        "SELECT sum(amount_minor)::int,"
        " (sum(amount_minor) FILTER (WHERE account = 'clearing'))::int,"
        " count(refund_id) FROM payments.ledger_entry",
    )
    assert ledger == (0, 0, 4)


def test_more_than_is_left_is_refused_and_says_what_is_left(api: Api, databases: Pair) -> None:
    payment = api.pay(key="p", amount_minor=1000).body
    refund(api, payment["id"], 700, key="r1")
    before = databases.count()
    refused = refund(api, payment["id"], 301, key="r2")
    assert refused.status == 409
    assert refused.body == {
        "type": "urn:payshift:problem:refund-exceeds-remainder",
        "title": "Conflict",
        "status": 409,
        "detail": "The refund is larger than what is left of the payment.",
        "remaining_minor": 300,
    }
    assert databases.count() == before
    assert refund(api, payment["id"], 300, key="r2").status == 201


def test_the_same_key_refunds_once_even_when_nothing_is_left(api: Api, databases: Pair) -> None:
    payment = api.pay(key="p", amount_minor=1000).body
    first = refund(api, payment["id"], 1000, key="r")
    again = refund(api, payment["id"], 1000, key="r")
    assert (again.status, again.body) == (200, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert databases.count() == {"payment": 1, "refund": 1, "ledger_entry": 4}


def test_the_same_key_for_another_amount_or_payment_is_a_conflict(
    api: Api, databases: Pair
) -> None:
    payment, other = (api.pay(key=key, amount_minor=1000).body for key in ("p1", "p2"))
    refund(api, payment["id"], 400, key="r")
    before = databases.count()
    for answered in (
        refund(api, payment["id"], 401, key="r"),
        refund(api, other["id"], 400, key="r"),
        refund(api, str(uuid4()), 400, key="r"),
    ):
        assert answered.status == 409
        assert answered.body["type"] == "urn:payshift:problem:idempotency-key-reused"
    assert databases.count() == before


def test_refunds_that_race_never_give_back_more_than_was_paid(
    start_api: StartApi, databases: Pair
) -> None:
    apis = [start_api() for _ in range(2)]
    payment_id = UUID(apis[0].pay(key="p", amount_minor=1000).body["id"])
    outcomes: list[str] = []

    def give_back(service: PaymentService, name: str) -> None:
        for number in range(10):
            try:
                service.take_refund(payment_id, NewRefund(amount_minor=150), key=f"{name}-{number}")
                outcomes.append("taken")
            except Problem as problem:
                outcomes.append(problem.slug)

    threads = [
        threading.Thread(target=give_back, args=(api.module._api.service, str(number)))
        for number, api in enumerate(apis)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refund-exceeds-remainder"] * 14 + ["taken"] * 6
    left = databases.ask(Site.LEGACY, "SELECT refunded_minor FROM payments.payment")
    assert left == (900,)


def test_a_refund_waits_for_one_in_flight_and_sees_what_it_left(api: Api, databases: Pair) -> None:
    payment_id = UUID(api.pay(key="p", amount_minor=1000).body["id"])
    settings = databases.settings(Site.LEGACY, roles.APPLICATION)
    refused: list[Problem] = []

    def give_back() -> None:
        with pytest.raises(Problem) as problem:
            api.module._api.service.take_refund(
                payment_id, NewRefund(amount_minor=700), key="second"
            )
        refused.append(problem.value)

    waiting = threading.Thread(target=give_back)
    with connect(settings, application_name="test") as in_flight, in_flight.transaction():
        TakeRefund(payment_id, NewRefund(amount_minor=700), key="first")(in_flight)
        waiting.start()
        databases.wait_for_a_lock(Site.LEGACY)
    waiting.join()
    assert [(one.slug, one.extensions) for one in refused] == [
        ("refund-exceeds-remainder", {"remaining_minor": 300})
    ]


def test_a_sandbox_with_an_old_belief_never_denies_a_payment_of_the_new_writer(
    api: Api, start_api: StartApi, databases: Pair
) -> None:
    api.pay(key="before")
    databases.accept(Site.AWS)
    # Another sandbox takes a payment at the new writer; nothing replicates it to the old one.
    payment = start_api().pay(key="after", amount_minor=1000).body
    taken = refund(api, payment["id"], 100, key="r")
    assert taken.status == 201
    assert taken.headers["X-Payshift-Writer"] == "aws"
