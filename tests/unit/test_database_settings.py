"""Settings of the database and the evidence: what is refused, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.test_environments import spoiled


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("db.r6g.large", "db.r6g.larg",
         ('instance_class is "db.r6g.larg" → write db.t4g.medium, db.t4g.large, db.r6g.large, '
         "db.r6g.xlarge, db.r6g.2xlarge or db.r6g.4xlarge")),
        ('"14.18"', '"15.2"', 'engine_version is "15.2" → write text such as "14.18", in quotes'),
        ("backup_days: 35", "backup_days: 6",
         "backup_days is 6 → write a whole number from 7 to 35"),
        ("backup_days: 35", "backup_days: 36",
         "backup_days is 36 → write a whole number from 7 to 35"),
        ("rds-ca-rsa2048-g1", "rds-ca-2019",
         ('ca_certificate is "rds-ca-2019" → write rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or '
         "rds-ca-ecc384-g1")),
        ('"07:00-08:00"', '"07:00-07:20"',
         "backup_window lasts 20 minutes → write one of at least 30 minutes and less than a day"),
        ('"sun:09:00-sun:10:00"', '"sun:07:30-sun:08:30"',
         ("maintenance_window sun:07:30-sun:08:30 meets backup_window 07:00-08:00 → "
         "choose hours at which no backup is taken")),
        ('"sun:09:00-sun:10:00"', '"sun:09:00"',
         'maintenance_window is "sun:09:00" → write text such as "sun:09:00-sun:10:00", in UTC'),
        ('copy_time: "11:00"', 'copy_time: "05:01"',
         ("copy_time 05:01 falls into backup_window, or into the hours before it → "
         "choose a time after both windows")),
        ('copy_time: "11:00"', 'copy_time: "09:30"',
         ("copy_time 09:30 falls into maintenance_window, or into the hours before it → "
         "choose a time after both windows")),
        ('copy_time: "11:00"', 'copy_time: "24:00"',
         'copy_time is "24:00" → write text such as "11:00", in UTC'),
        ("monitoring_seconds: 60", "monitoring_seconds: 45",
         "monitoring_seconds is 45 → write 1, 5, 10, 15, 30 or 60"),
        ("lock_days: 365", "lock_days: 0",
         "lock_days is 0 → write a whole number from 1 to 3650"),
    ],
)  # fmt: skip
def test_a_mistake_says_what_to_write_instead(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert spoiled(tmp_path, old, new) == [expected]
