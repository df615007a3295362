"""The section `replication` of an environment: what is refused, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.loading import ENVIRONMENTS, load_environment
from tests.unit.test_environments import spoiled


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("dms.c5.large", "dms.c5.tiny", "instance_class is"),
        ('"3.6.1"', '"3.5.4"', 'engine_version is "3.5.4" → write text such as "3.6.1", in quotes'),
        ("storage_gigabytes: 100", "storage_gigabytes: 10",
         "storage_gigabytes is 10 → write a whole number from 50 to 6144"),
        ("subtasks: 8", "subtasks: 50", "subtasks is 50 → write a whole number from 1 to 49"),
        ("vpn_megabits_per_second: 1000", "vpn_megabits_per_second: 10000",
         "vpn_megabits_per_second is 10000 → write a whole number from 10 to 1250"),
        ("data-centre-example.pem", "nowhere.pem",
         "there is no file nowhere.pem → put the PEM file into app/config/certificates"),
        ("data-centre-example.pem", "../../secret.pem", "data_centre_authority is"),
        ("first_day: 2021-01-01", "first_day: 2027-01-01",
         ("the first day 2027-01-01 is not before the last day 2026-12-31 → "
         "write the day of the oldest payment")),
        ("subtask_megabytes_per_second: 12", "subtask_megabytes_per_second: 0.01",
         ("125 GB of changes wait for the end of the first load, but the instance holds 100 GB → "
         "write at least 125, or make the first load faster")),
        ("subtasks: 8", "subtasks: 32",
         ("32 subtasks take 2621 MB for texts, more than 50% of the memory of dms.c5.large, "
         "2147 MB → write at most 26, or a larger instance_class")),
        ("carrier: dms", "carrier: pigeons", 'carrier is "pigeons"'),
        ("  hold_seconds: 20", "  hold_seconds: 5",
         "5 is too little for rows that DMS carries → write at least 18, or carrier: logical"),
        ("handover_deadline_seconds: 480", "handover_deadline_seconds: 60",
         "60 is too little for rows that DMS carries → write at least 418, or carrier: logical"),
        ("pause_milliseconds: 5000", "pause_milliseconds: 1000",
         "1000 is too little for rows that DMS carries → write at least 5000, or carrier: logical"),
        ("name: production", "name: production-of-east",
         ("name production-of-east does not fit into the names of AWS's resources → "
         "write at most 17 letters, digits and single hyphens")),
    ],
)  # fmt: skip
def test_a_mistake_says_what_to_write_instead(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    # What contradicts another value is blamed at the one that can give way.
    blamed = "storage_gigabytes" if "0.01" in new else None
    (problem,) = spoiled(tmp_path, old, new, blamed=blamed)
    assert expected in problem


def test_postgresqls_own_replication_needs_none_of_the_times_of_dms(tmp_path: Path) -> None:
    text = (ENVIRONMENTS / "production.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("carrier: dms", "carrier: logical"),
        ("hold_seconds: 20", "hold_seconds: 5"),
        ("handover_deadline_seconds: 480", "handover_deadline_seconds: 60"),
    ):
        text = text.replace(old, new)
    (tmp_path / "production.yaml").write_text(text, encoding="utf-8")
    assert load_environment("production", tmp_path).replication.carrier == "logical"


def test_production_is_carried_by_dms_and_the_local_environment_by_postgresql() -> None:
    carriers = {
        name: load_environment(name).replication.carrier for name in ("production", "local")
    }
    assert carriers == {"production": "dms", "local": "logical"}
