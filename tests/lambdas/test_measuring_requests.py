from __future__ import annotations

import json
import re
import threading
from typing import Any, NoReturn
from uuid import uuid4

import psycopg
import pytest

from app.lambdas.payment_api.models import NewPayment
from app.lambdas.payment_api.payments import TakePayment
from app.lambdas.payment_api.service import PaymentService
from app.migration.sites import Site
from tests.lambdas.conftest import Api, Pair, StartApi

pytestmark = pytest.mark.slow


def emitted(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
    return [json.loads(line) for line in lines]


def test_each_request_emits_the_agreed_metrics_in_one_line(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    api.pay(key="k")
    (line,) = emitted(capsys)
    assert line["_aws"]["CloudWatchMetrics"] == [
        {
            "Namespace": "Payshift",
            "Dimensions": [["Environment", "Site"]],
            "Metrics": [
                {"Name": name, "Unit": unit, "StorageResolution": 1}
                for name, unit in (
                    ("Requests", "Count"),
                    ("ServerErrors", "Count"),
                    ("Latency", "Milliseconds"),
                    ("HeldRequests", "Count"),
                    ("CpuUtilization", "Percent"),
                )
            ],
        }
    ]
    assert (line["Environment"], line["Site"]) == ("local", "aws")
    assert (line["Requests"], line["ServerErrors"], line["HeldRequests"]) == ([1], [0], [0])
    assert line["Latency"][0] > 0
    assert 0 < line["CpuUtilization"][0] <= 400


def test_the_requests_of_a_release_colour_count_for_the_site_and_for_the_colour(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    for colour in ("blue", "green"):
        api.qualifier = colour
        capsys.readouterr()
        api.pay(key=colour)
        (line,) = emitted(capsys)
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive["Dimensions"] == [
            ["Environment", "Site"],
            ["Environment", "Site", "Colour"],
        ]
        assert (line["Environment"], line["Site"], line["Colour"]) == ("local", "aws", colour)
        assert "CpuUtilization" in {metric["Name"] for metric in directive["Metrics"]}


@pytest.mark.parametrize("qualifier", [None, "7", "$LATEST"])
def test_a_call_of_no_colour_makes_no_series_of_its_own(
    api: Api, capsys: pytest.CaptureFixture[str], qualifier: str | None
) -> None:
    api.qualifier = "blue"
    api.pay(key="before")
    api.qualifier = qualifier
    capsys.readouterr()
    api.pay(key="k")
    (line,) = emitted(capsys)
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Environment", "Site"]]
    assert "Colour" not in line


def test_a_service_name_in_the_environment_adds_no_dimension(
    start_api: StartApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api = start_api(POWERTOOLS_SERVICE_NAME="payments")
    capsys.readouterr()
    api.pay(key="k")
    (line,) = emitted(capsys)
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Environment", "Site"]]


def test_a_refusal_counts_as_a_request_and_not_as_an_error_of_the_server(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    api.pay(key="k", amount_minor=0)
    api("POST", "/v1/payments", "x", key="k", headers={"content-type": "text/plain"})
    assert [(line["Requests"], line["ServerErrors"]) for line in emitted(capsys)] == [
        ([1], [0]),
        ([1], [0]),
    ]


def test_health_checks_are_not_measured(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert api("GET", "/health").status == 200
    assert emitted(capsys) == []


def test_a_fault_is_a_problem_document_that_tells_nothing_and_is_counted(
    api: Api,
    databases: Pair,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    capsys.readouterr()
    databases.tell(
        Site.LEGACY, "ALTER TABLE payments.payment ADD CHECK (merchant_id <> 'm-secret') NOT VALID"
    )
    try:
        answered = api.pay(key="key-secret", merchant_id="m-secret")
    finally:
        databases.tell(
            Site.LEGACY, "ALTER TABLE payments.payment DROP CONSTRAINT payment_merchant_id_check"
        )
    assert answered.status == 500
    assert answered.headers["Content-Type"] == "application/problem+json"
    assert answered.body == {
        "type": "urn:payshift:problem:internal-error",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "The request failed inside the service. Repeat it with the same Idempotency-Key.",
    }
    (line,) = emitted(capsys)
    assert line["ServerErrors"] == [1]
    (fault,) = [one for one in caplog.records if one.message == "request failed in the database"]
    assert vars(fault)["sqlstate"] == "23514"
    assert "secret" not in json.dumps(vars(fault), default=str)


def test_the_log_names_no_key_merchant_amount_or_foreign_path(
    api: Api, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    api.pay(key="key-private", merchant_id="m-private", amount_minor=77_777)
    api("GET", "/someone@example.com")
    written = " ".join(str(vars(record)) for record in caplog.records if "werk" not in record.name)
    written += capfd.readouterr().out
    for secret in ("key-private", "m-private", "77777", "someone@example.com"):
        assert secret not in written


PERSONAL = {
    "card_number": "4111111111111111",
    "cvv": "917471",
    "cardholder": "Erika Mustermann",
    "email": "erika@example.com",
    "nested": {"iban": "DE02120300000000202051"},
}


@pytest.mark.parametrize(
    "body",
    [
        {"amount_minor": 77_777, "currency": "USD", "merchant_id": "m-private", **PERSONAL},
        {"amount_minor": "4111111111111111", "currency": "Erika", "merchant_id": "erika@example"},
        '{"card_number": "4111111111111111", "email": "erika@example.com"',
        [PERSONAL],
    ],
)
def test_no_field_of_a_body_is_written_down_whatever_is_wrong_with_it(
    api: Api, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, body: Any
) -> None:
    caplog.set_level("DEBUG")
    capfd.readouterr()
    key = "erika-and-her-key"
    assert api("POST", "/v1/payments", body, key=key).status in {400, 422}
    refunds = f"/v1/payments/{uuid4()}/refunds"
    assert api("POST", refunds, body, key=key).status in {400, 422}
    assert written_down(capfd, caplog).isdisjoint(words_of(body) | {key})


def test_a_fault_whose_message_quotes_the_request_is_written_down_without_it(
    api: Api,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service: PaymentService = api.module._api.service

    def fail(request: NewPayment, *, key: str) -> NoReturn:
        message = f"cannot take {request!r} of {key}"
        raise RuntimeError(message)

    monkeypatch.setattr(service, "take_payment", fail)
    answered = api.pay(key="key-private", merchant_id="m-private", amount_minor=77_777)
    assert answered.status == 500
    (fault,) = [one for one in caplog.records if one.message == "request failed"]
    assert vars(fault)["error"] == "RuntimeError"
    assert " in fail" in vars(fault)["where"][-1]
    found = written_down(capfd, caplog)
    assert found.isdisjoint({"key-private", "m-private", "77777"})


def words_of(value: Any) -> set[str]:
    """Return every value of a body that is long enough to be recognised."""
    if isinstance(value, dict):
        return set().union(*map(words_of, value.values()))
    if isinstance(value, list):
        return set().union(*map(words_of, value))
    return set(re.findall(r"[\w@.-]{3,}", str(value))) - {"USD"}


def written_down(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> set[str]:
    """Return every word that was logged or printed, but by the stand-in for AWS."""
    ours = [record for record in caplog.records if "werkzeug" not in record.name]
    text = " ".join(str(vars(record)) for record in ours) + "".join(capfd.readouterr())
    assert text
    return set(re.findall(r"[\w@.-]{3,}", text))


def test_a_request_that_repeats_itself_after_an_unknown_outcome_is_no_replay(
    api: Api, databases: Pair
) -> None:
    service: PaymentService = api.module._api.service
    request = NewPayment(amount_minor=5, currency="USD", merchant_id="m-1")
    take = TakePayment(request, key="k")

    def commit_then_lose_the_connection(connection: psycopg.Connection) -> object:
        taken = take(connection)
        if not lost:
            lost.append(taken.payment.id)
            connection.close()
            connection.execute("SELECT 1")
        return taken

    lost: list[object] = []
    done = service.writer.run(commit_then_lose_the_connection)
    assert done.held_ms is not None
    assert done.value == take(service.sessions.get(Site.LEGACY))
    assert (take(service.sessions.get(Site.LEGACY)).replayed, len(lost)) == (False, 1)
    assert databases.count() == {"payment": 1, "refund": 0, "ledger_entry": 2}


def test_the_other_databases_connection_is_looked_after_beside_the_requests(
    api: Api, databases: Pair
) -> None:
    service: PaymentService = api.module._api.service
    api.pay(key="before")
    databases.cut(Site.AWS)
    service.writer._touched_at = float("-inf")
    before = service.sessions._slots[Site.AWS].connection
    service.writer.keep_warm()
    for thread in threading.enumerate():
        if thread.name.startswith("payshift-touch"):
            thread.join()
    after = service.sessions._slots[Site.AWS].connection
    assert after is not None
    assert after is not before
    assert not after.closed
