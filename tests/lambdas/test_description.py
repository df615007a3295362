"""The description of the payment API: kept as it is published, complete, and without floats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import ALBResolver

from app.lambdas.payment_api.features import FeatureSource
from app.lambdas.payment_api.openapi import as_text, document
from app.lambdas.payment_api.paths import ANSWERED
from app.lambdas.payment_api.routes import build_resolver
from app.lambdas.payment_api.service import PaymentService
from app.migration.sites import Site
from tests.lambdas.invocation import alb_event, lambda_context

KEPT = Path(__file__).parents[2] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def resolver() -> ALBResolver:
    service = PaymentService(site=Site.AWS, logins={}, features=FeatureSource(None), hold_seconds=0)
    return build_resolver(service)


@pytest.fixture(scope="module")
def description(resolver: ALBResolver) -> dict[str, Any]:
    return document(resolver)


def operations(description: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in description["paths"].values():
        yield from item.values()


def values(document: Any) -> Iterator[Any]:
    yield document
    members = document.values() if isinstance(document, dict) else document
    if isinstance(document, dict | list):
        for member in members:
            yield from values(member)


def test_the_kept_description_is_the_one_of_the_routes_and_models(
    description: dict[str, Any],
) -> None:
    assert KEPT.read_text(encoding="utf-8") == as_text(description), "run: payshift openapi --write"


def test_the_published_description_is_the_kept_one(resolver: ALBResolver) -> None:
    answer = resolver.resolve(alb_event("GET", "/openapi.json"), lambda_context())
    assert answer["statusCode"] == HTTPStatus.OK
    assert json.loads(answer["body"]) == json.loads(KEPT.read_text(encoding="utf-8"))


def test_paths_and_methods_are_those_that_a_wrong_method_is_told(
    description: dict[str, Any],
) -> None:
    described = {
        path: tuple(method.upper() for method in item)
        for path, item in description["paths"].items()
    }
    assert described == ANSWERED


def test_no_number_of_the_description_is_a_float(description: dict[str, Any]) -> None:
    assert [one for one in values(description) if isinstance(one, float)] == []
    money = [
        schema["properties"][name]
        for schema in description["components"]["schemas"].values()
        for name in schema["properties"]
        if name.endswith("_minor")
    ]
    assert {one["type"] for one in money} == {"integer"}
    assert len(money) >= 6


def test_every_refusal_is_a_problem_document_with_its_types_and_status(
    description: dict[str, Any],
) -> None:
    for operation in operations(description):
        for status, answer in operation["responses"].items():
            if int(status) < HTTPStatus.BAD_REQUEST:
                continue
            (media_type,) = answer["content"]
            assert media_type == "application/problem+json"
            base, exactly = answer["content"][media_type]["schema"]["allOf"]
            assert base == {"$ref": "#/components/schemas/Problem"}
            assert exactly["properties"]["status"] == {"const": int(status)}
            types = exactly["properties"]["type"]["enum"]
            assert all(one.startswith("urn:payshift:problem:") for one in types)


def test_who_may_have_to_wait_is_told_how_long(description: dict[str, Any]) -> None:
    for operation in operations(description):
        answer = operation["responses"].get("503")
        if operation["operationId"] in {"readHealth", "readDescription"}:
            assert answer is None
        else:
            assert answer["headers"]["Retry-After"]["required"] is True
