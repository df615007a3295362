from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lambdas.conftest import Answered, Api, Pair
from tests.lambdas.invocation import alb_event

pytestmark = pytest.mark.slow

# The same in every process that collects these tests.
UNKNOWN = "0b54c8f6-0d0c-4c55-9d1e-6f6f6f7a2f10"
NOTHING = {"payment": 0, "refund": 0, "ledger_entry": 0}
GOOD = {"amount_minor": 1999, "currency": "USD", "merchant_id": "m-1"}
MALFORMED = "The body is not JSON in UTF-8 with each name at most once in an object."
INVALID = "The request was understood, but these values cannot be accepted."


@pytest.fixture
def checked_api(api: Api, databases: Pair) -> Iterator[Api]:
    """Start the API; at the end of the test nothing may have been written anywhere."""
    yield api
    assert databases.count() == NOTHING


def problem(status: int, slug: str, title: str, detail: str, **more: Any) -> dict[str, Any]:
    return {
        "type": f"urn:payshift:problem:{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        **more,
    }


def invalid(pointer: str, detail: str) -> dict[str, Any]:
    errors = [{"pointer": pointer, "detail": detail}]
    return problem(422, "invalid-request", "Unprocessable Entity", INVALID, errors=errors)


def assert_refused(answered: Answered, expected: dict[str, Any]) -> None:
    assert answered.body == expected
    assert answered.status == expected["status"]
    assert answered.headers["Content-Type"] == "application/problem+json"


CURRENCY_RULE = "Input should be an active ISO 4217 currency code, such as USD"
PATTERN_RULE = "String should match pattern '^[A-Z]{3}$'"
MERCHANT_RULE = "String should match pattern '^m-[A-Za-z0-9_-]{1,62}$'"


@pytest.mark.parametrize(
    ("changes", "pointer", "detail"),
    [
        ({"currency": "XXX"}, "#/currency", CURRENCY_RULE),
        ({"currency": "XAU"}, "#/currency", CURRENCY_RULE),
        ({"currency": "HRK"}, "#/currency", CURRENCY_RULE),
        ({"currency": "usd"}, "#/currency", PATTERN_RULE),
        ({"currency": "USD\n"}, "#/currency", PATTERN_RULE),
        ({"currency": None}, "#/currency", "Input should be a valid string"),
        ({"amount_minor": 0}, "#/amount_minor", "Input should be greater than or equal to 1"),
        ({"amount_minor": -5}, "#/amount_minor", "Input should be greater than or equal to 1"),
        (
            {"amount_minor": 100_000_000_000},
            "#/amount_minor",
            "Input should be less than or equal to 99999999999",
        ),
        (
            {"amount_minor": 10**40},
            "#/amount_minor",
            "Input should be less than or equal to 99999999999",
        ),
        ({"amount_minor": 10.0}, "#/amount_minor", "Input should be a valid integer"),
        ({"amount_minor": "10"}, "#/amount_minor", "Input should be a valid integer"),
        ({"amount_minor": True}, "#/amount_minor", "Input should be a valid integer"),
        ({"merchant_id": "shop"}, "#/merchant_id", MERCHANT_RULE),
        ({"merchant_id": "m-\u0000"}, "#/merchant_id", MERCHANT_RULE),
        ({"card": "4111"}, "#/card", "Extra inputs are not permitted"),
    ],
)
def test_a_value_that_breaks_a_rule_is_named(
    checked_api: Api, changes: dict[str, Any], pointer: str, detail: str
) -> None:
    answered = checked_api("POST", "/v1/payments", GOOD | changes, key="k")
    assert_refused(answered, invalid(pointer, detail))


def test_every_missing_value_is_named(checked_api: Api) -> None:
    answered = checked_api("POST", "/v1/payments", {}, key="k")
    assert [error["pointer"] for error in answered.body["errors"]] == [
        "#/amount_minor",
        "#/currency",
        "#/merchant_id",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"amount_minor": NaN}',
        '{"amount_minor": 1, "amount_minor": 2}',
        '{"amount_minor": ' + "9" * 5000 + "}",
        "[" * 4000 + "]" * 4000,
        '{"merchant_id": "\\ud800"}',
    ],
)
def test_a_body_that_is_not_json_is_malformed(checked_api: Api, text: str) -> None:
    answered = checked_api("POST", "/v1/payments", text, key="k")
    assert_refused(answered, problem(400, "malformed-body", "Bad Request", MALFORMED))


def test_a_missing_body_is_malformed(checked_api: Api) -> None:
    answered = checked_api("POST", "/v1/payments", key="k")
    detail = "The body is missing. Send a JSON object."
    assert_refused(answered, problem(400, "malformed-body", "Bad Request", detail))


@pytest.mark.parametrize("body", ["abc", "gICA"])
def test_a_body_whose_encoding_is_broken_is_malformed(checked_api: Api, body: str) -> None:
    event = alb_event("POST", "/v1/payments", GOOD, key="k") | {
        "body": body,
        "isBase64Encoded": True,
    }
    detail = "The body is not UTF-8 text."
    assert_refused(checked_api.event(event), problem(400, "malformed-body", "Bad Request", detail))


def test_a_list_with_a_payment_in_it_is_no_payment(checked_api: Api) -> None:
    answered = checked_api("POST", "/v1/payments", [GOOD], key="k")
    detail = "The body is JSON, but not an object."
    assert_refused(answered, problem(422, "invalid-request", "Unprocessable Entity", detail))


@pytest.mark.parametrize("path", ["/v1/payments", f"/v1/payments/{UNKNOWN}/refunds"])
def test_a_body_over_the_limit_is_too_large(checked_api: Api, path: str) -> None:
    answered = checked_api("POST", path, GOOD | {"note": "x" * 8192}, key="k")
    detail = "The body may have at most 8192 bytes."
    assert_refused(answered, problem(413, "body-too-large", "Request Entity Too Large", detail))


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"],
)
def test_a_body_of_another_media_type_is_refused(checked_api: Api, media_type: str) -> None:
    headers = {"content-type": media_type}
    answered = checked_api("POST", "/v1/payments", GOOD, key="k", headers=headers)
    detail = "Send the body as application/json."
    assert_refused(
        answered, problem(415, "unsupported-media-type", "Unsupported Media Type", detail)
    )


@pytest.mark.parametrize("key", [None, "", "x" * 256, "two words", "ключ", "tab\t"])
@pytest.mark.parametrize("path", ["/v1/payments", f"/v1/payments/{UNKNOWN}/refunds"])
def test_a_missing_or_invalid_key_is_refused(checked_api: Api, path: str, key: str | None) -> None:
    answered = checked_api("POST", path, GOOD, key=key)
    detail = (
        "Send an Idempotency-Key header of 1 to 255 visible ASCII characters, new for each request."
    )
    assert_refused(answered, problem(400, "idempotency-key", "Bad Request", detail))


@pytest.mark.parametrize("payment_id", [UNKNOWN, "1", "0' OR 1=1", "%00"])
def test_an_unknown_payment_is_not_found(checked_api: Api, payment_id: str) -> None:
    expected = problem(404, "unknown-payment", "Not Found", "No payment has this id.")
    assert_refused(checked_api("GET", f"/v1/payments/{payment_id}"), expected)
    refunds = f"/v1/payments/{payment_id}/refunds"
    assert_refused(checked_api("POST", refunds, {"amount_minor": 1}, key="k"), expected)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("DELETE", "/v2/payments"), ("POST", "/v1/payments/x/y/z")]
)
def test_an_unknown_path_is_not_found(checked_api: Api, method: str, path: str) -> None:
    detail = "Nothing answers at this method and path."
    assert_refused(checked_api(method, path), problem(404, "unknown-path", "Not Found", detail))


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/payments", "POST"),
        ("DELETE", f"/v1/payments/{UNKNOWN}", "GET"),
        ("PUT", "/v1/payments/x/refunds", "POST"),
        ("OPTIONS", "/openapi.json", "GET"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    checked_api: Api, method: str, path: str, allowed: str
) -> None:
    answered = checked_api(method, path)
    detail = f"This path answers {allowed}."
    assert_refused(answered, problem(405, "method-not-allowed", "Method Not Allowed", detail))
    assert answered.headers["Allow"] == allowed


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    amount=st.one_of(
        st.integers(max_value=0),
        st.integers(min_value=100_000_000_000),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=20),
        st.none(),
        st.lists(st.integers(1, 9), max_size=2),
    )
)
def test_no_amount_out_of_bounds_or_of_another_type_is_ever_taken(
    checked_api: Api, amount: object
) -> None:
    answered = checked_api.pay(key="k", amount_minor=amount)
    assert answered.status in {400, 422}
