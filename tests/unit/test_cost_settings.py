"""The usage profile is bounded, and a mistake in it says what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.cost import Usage
from tests.unit.test_environments import spoiled

UNITS = (
    "per_day", "per_month", "per_transaction", "kilobytes", "gigabytes", "gigabytes_above_free",
    "milliseconds", "seconds", "percent", "hours_above_minimum", "months", "metrics", "rotations",
)  # fmt: skip


@pytest.mark.parametrize("name", sorted(Usage.model_fields))
def test_the_unit_ends_the_name(name: str) -> None:
    assert name.endswith(UNITS)


@pytest.mark.parametrize("name", sorted(Usage.model_fields))
def test_every_figure_has_a_lowest_and_a_highest_value(name: str) -> None:
    schema = Usage.model_json_schema()["properties"][name]
    assert "maximum" in schema
    assert {"minimum", "exclusiveMinimum"} & set(schema)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("monthly_limit_usd: 3000", "monthly_limit_usd: 0",
         "monthly_limit_usd is 0 → write a whole number from 1"),
        ("transactions_per_day: 50000", "transactions_per_day: 0",
         "transactions_per_day is 0 → write a whole number from 1 to 100_000_000"),
        ("data_gigabytes: 500", "data_gigabytes: 128001",
         "data_gigabytes is 128001 → write a whole number from 1 to 128_000"),
        ("traced_requests_percent: 5", "traced_requests_percent: 101",
         "traced_requests_percent is 101 → write a number from 0 to 100"),
        ("    nat_gigabytes_per_month", "    nat_gigabyte_per_month",
         "unknown key nat_gigabyte_per_month in usage → did you mean nat_gigabytes_per_month?"),
    ],
)  # fmt: skip
def test_a_mistake_says_what_to_write_instead(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert spoiled(tmp_path, old, new) == [expected]
