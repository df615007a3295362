"""The section `delivery` of an environment: mistakes are located and explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.loading import load_environment
from tests.unit.test_environments import spoiled


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("example/payshift", "payshift", 'repository is "payshift"'),
        ("example/payshift", "example/payshift:pull_request", "repository is"),
        ("protected_environment: production", 'protected_environment: "*"',
         "protected_environment is"),
        ("example/payshift", "example/payshift\n  owner_id: 123456",
         "owner_id is given without repository_id"),
        ("example/payshift", "example/payshift\n  repository_id: 456789",
         "repository_id is given without owner_id"),
        ("example/payshift", "example/payshift\n  owner_id: 0\n  repository_id: 456789",
         "owner_id is 0"),
        ("[on-call]", '["*"]', "break_glass_roles"),
        ("[on-call]", "[aws-reserved/*/on-call]", "break_glass_roles"),
        ("drift_known_hours: 3", "drift_known_hours: 100", "drift_known_hours is 100"),
    ],
)  # fmt: skip
def test_a_wrong_delivery_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    (said,) = spoiled(tmp_path, old, new)
    assert said.startswith(message)
    assert "→ write" in said


def test_a_repository_is_named_with_both_numbers_as_githubs_tokens_do() -> None:
    named = load_environment("production").delivery
    numbered = named.model_copy(update={"owner_id": 123456, "repository_id": 456789})
    assert named.identity == "example/payshift"
    assert numbered.identity == "example@123456/payshift@456789"
