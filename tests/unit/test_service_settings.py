"""The sections `service`, `entrance` and `rotation` of an environment: what is refused, and how."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.test_environments import spoiled


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("requests_per_minute: 1000", "requests_per_minute: 2000",
         "requests_per_minute is 2000 → write a whole number from 10 to 1000"),
        ("requests_per_minute: 1000", "requests_per_minute: 9",
         "requests_per_minute is 9 → write a whole number from 10 to 1000"),
        ("largest_body_bytes: 8192", "largest_body_bytes: 8193",
         "largest_body_bytes is 8193 → write a whole number from 512 to 8192"),
        ("access_log_days: 365", "access_log_days: 30",
         "access_log_days is 30 → write a whole number from 90 to 3650"),
        ("  days: 30", "  days: 31", "days is 31 → write a whole number from 1 to 30"),
        ("  days: 30", "  days: 0", "days is 0 → write a whole number from 1 to 30"),
        ("{minimum: 2,", "{minimum: 1,", "minimum is 1 → write a whole number from 2 to 10"),
        ("maximum: 10}", "maximum: 11}", "maximum is 11 → write a whole number from 2 to 10"),
        ("maximum: 10}", "maximum: 10, cpu_target_percent: 91}",
         "cpu_target_percent is 91 → write a whole number from 10 to 90"),
        ("validator: 2", "validator: 0", "validator is 0 → write a whole number from 1 to 10"),
        ("handover: 3", "handover: 0", "handover is 0 → write a whole number from 2 to 10"),
        ("secret_rotation: 4", "secret_rotation: 0",
         "secret_rotation is 0 → write a whole number from 1 to 20"),
        ("comparison: 24", "comparison: 201",
         "comparison is 201 → write a whole number from 1 to 200"),
        ("payment_api: 100", "payment_api: 9",
         ("9 reserved copies are fewer than a colour may hold provisioned → "
          "write at least 10, the provisioned maximum")),
    ],
)  # fmt: skip
def test_a_mistake_says_what_to_write_instead(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert spoiled(tmp_path, old, new) == [expected]
