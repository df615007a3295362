"""The section `delivery` of an environment: mistakes are located and explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.test_environments import spoiled


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("example/payshift", "payshift", 'repository is "payshift"'),
        ("example/payshift", "example/payshift:pull_request", "repository is"),
        ("protected_environment: production", 'protected_environment: "*"',
         "protected_environment is"),
        ("drift_known_hours: 3", "drift_known_hours: 100", "drift_known_hours is 100"),
    ],
)  # fmt: skip
def test_a_wrong_delivery_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    (said,) = spoiled(tmp_path, old, new)
    assert said.startswith(message)
    assert "→ write" in said
