"""The section `observability` of an environment: what is refused, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.test_environments import spoiled


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("error_rate_percent: 0.1", "error_rate_percent: 20", "error_rate_percent is 20 → "),
        ("certificate_days: 30", "certificate_days: 3",
         "certificate_days is 3 → write a whole number from 14 to 60"),
        ("p95_milliseconds: 300\n    held", "p95_milliseconds: 9000\n    held",
         "p95_milliseconds is 9000 → write a whole number from 50 to 2000"),
        ("cpu_percent: 80", "cpu_percentage: 80", "cpu_percentage"),
        ("subscribers: []", "subscribers: [{protocol: email, endpoint: somebody}]",
         'endpoint is "somebody" → write text such as on-call@example.com'),
        ("subscribers: []", "subscribers: [{protocol: email, endpoint: https://example.com/ring}]",
         "https://example.com/ring is not reached by email → write protocol: https"),
    ],
)  # fmt: skip
def test_a_mistake_says_what_to_write_instead(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    problems = spoiled(tmp_path, old, new)
    assert any(expected in problem for problem in problems), problems
