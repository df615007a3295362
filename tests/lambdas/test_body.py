from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lambdas.payment_api import body
from app.lambdas.payment_api.problems import Problem

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=5,
)


def slug_of(text: str) -> str:
    with pytest.raises(Problem) as refused:
        body.parse(text)
    return refused.value.slug


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), json_values, max_size=4))
def test_every_object_that_is_json_is_read_as_it_is(value: dict[str, object]) -> None:
    assert body.parse(json.dumps(value)) == value


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_but_never_a_fault(text: str) -> None:
    with suppress(Problem):
        assert isinstance(body.parse(text), dict)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"amount_minor": NaN}',
        '{"amount_minor": Infinity}',
        '{"amount_minor": 1, "amount_minor": 2}',
        '{"merchant_id": "\\ud800"}',
        '{"amount_minor": ' + "9" * 5000 + "}",
        "[" * 4000 + "]" * 4000,
        "{'amount_minor': 1}",
    ],
)
def test_what_is_no_json_or_no_clear_json_is_malformed(text: str) -> None:
    assert slug_of(text) == "malformed-body"


@pytest.mark.parametrize("text", ["[]", '[{"amount_minor": 1}]', "1", '"text"', "true", "null"])
def test_json_that_is_no_object_is_invalid(text: str) -> None:
    assert slug_of(text) == "invalid-request"


def test_the_limit_counts_bytes_not_characters() -> None:
    fits = json.dumps({"a": "é" * 4092}, ensure_ascii=False).replace(" ", "")
    assert len(fits.encode()) == body.BODY_LIMIT_BYTES
    assert body.parse(fits) == {"a": "é" * 4092}
    assert slug_of(fits + " ") == "body-too-large"
