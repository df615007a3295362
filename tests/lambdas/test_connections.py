"""How the payment API uses its databases: few sessions, kept, impatient, and exact with money."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NoReturn
from uuid import uuid4

import pytest

from app.lambdas.payment_api.payments import _TAKE
from app.migration.sites import Site
from tests.lambdas.conftest import Api, Pair
from tests.lambdas.invocation import alb_event, lambda_context

pytestmark = pytest.mark.slow

SESSIONS = (
    "SELECT array_agg(pid ORDER BY pid) FROM pg_stat_activity"
    " WHERE application_name = 'payshift-payment-api-aws'"
)


def test_a_sandbox_keeps_one_session_a_database_for_all_its_requests(
    api: Api, databases: Pair
) -> None:
    before = [databases.ask(site, SESSIONS) for site in Site]
    for number in range(5):
        paid = api.pay(key=f"k-{number}")
        api("GET", f"/v1/payments/{paid.body['id']}")
        api("POST", f"/v1/payments/{paid.body['id']}/refunds", {"amount_minor": 1}, key=f"{number}")
    assert [databases.ask(site, SESSIONS) for site in Site] == before
    assert [len(sessions) for (sessions,) in before] == [1, 1]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("statement_timeout", "3s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("TimeZone", "UTC"),
    ],
)
def test_no_statement_and_no_open_transaction_lasts(api: Api, setting: str, value: str) -> None:
    for site in Site:
        connection = api.module._api.service.sessions.get(site)
        (found,) = connection.execute(f"SHOW {setting}".encode()).fetchone()
        assert found == value


def test_every_session_of_the_api_is_encrypted(api: Api, databases: Pair) -> None:
    assert api.pay(key="k").status == 201
    clear = (
        "SELECT count(*) FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)"
        " WHERE application_name = 'payshift-payment-api-aws' AND NOT ssl"
    )
    assert [databases.ask(site, clear) for site in Site] == [(0,), (0,)]


def test_a_payment_that_waits_for_a_row_longer_than_a_statement_may_last_goes_through_later(
    api: Api, databases: Pair
) -> None:
    paid = api.pay(key="k")
    refunds = f"/v1/payments/{paid.body['id']}/refunds"
    with databases.engine(Site.LEGACY) as other, other.transaction():
        other.execute("SELECT 1 FROM payments.payment FOR UPDATE")
        assert api("POST", refunds, {"amount_minor": 1}, key="r").status == 503
    assert api("POST", refunds, {"amount_minor": 1}, key="r").status == 201
    assert databases.count() == {"payment": 1, "refund": 1, "ledger_entry": 4}


def test_no_answer_holds_a_float_however_large_the_amount(api: Api) -> None:
    paid = api.pay(key="k", amount_minor=99_999_999_999).body["id"]
    events = [
        alb_event("GET", f"/v1/payments/{paid}"),
        alb_event(
            "POST", f"/v1/payments/{paid}/refunds", {"amount_minor": 99_999_999_998}, key="r"
        ),
        alb_event("POST", f"/v1/payments/{paid}/refunds", {"amount_minor": 2}, key="s"),
        alb_event("GET", f"/v1/payments/{paid}"),
        alb_event("GET", f"/v1/payments/{uuid4()}"),
    ]
    answers = [api.module.handler(event, lambda_context()) for event in events]
    assert [answer["statusCode"] for answer in answers] == [200, 201, 409, 200, 404]
    bodies: list[Any] = [json.loads(one["body"], parse_float=no_float) for one in answers]
    assert [body.get("refunded_minor") for body in bodies] == [0, None, None, 99_999_999_998, None]
    assert bodies[2]["remaining_minor"] == 1


def no_float(text: str) -> NoReturn:
    message = f"an answer holds the float {text}"
    raise AssertionError(message)


def test_a_connection_that_is_gone_is_not_kept_by_its_plan(api: Api, databases: Pair) -> None:
    for number in range(3):
        assert api.pay(key=f"k-{number}").status == 201
        databases.cut(Site.LEGACY)
    assert api.pay(key="last").status == 201
    assert len([one for one in _TAKE._plans if one.closed]) <= 1
    mine = api.module._api.service.sessions.get(Site.LEGACY)
    assert [one for one in _TAKE._plans if not one.closed] == [mine]


@pytest.fixture
def spoiled(databases: Pair) -> Iterator[Callable[[], None]]:
    """Give a way to change the type of a column of every table, and change it back afterwards."""
    tables = ("payments.payment", "payments.refund")
    change = "ALTER TABLE {} ALTER currency TYPE {}"
    yield lambda: databases.tell(Site.LEGACY, *(change.format(one, "text") for one in tables))
    databases.tell(Site.LEGACY, *(change.format(one, "character(3)") for one in tables))


def test_a_column_of_another_type_costs_no_request(
    api: Api, databases: Pair, spoiled: Callable[[], None]
) -> None:
    def requests(key: str) -> list[int]:
        paid = api.pay(key=f"p{key}", amount_minor=10)
        path = f"/v1/payments/{paid.body['id']}"
        again = api.pay(key=f"p{key}", amount_minor=10)
        refunds = [api("POST", f"{path}/refunds", {"amount_minor": 1}, key=key) for _ in range(2)]
        return [one.status for one in (paid, again, api("GET", path), *refunds)]

    assert requests("before") == [201, 200, 200, 201, 200]
    spoiled()
    assert requests("after") == [201, 200, 200, 201, 200]
    assert databases.count() == {"payment": 2, "refund": 2, "ledger_entry": 8}
