"""Settings of the target's database: its version, its size, and when it is looked after."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.config.base import Settings, mistake

DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
# What Aurora asks for.
SHORTEST_WINDOW_MINUTES = 30
# How late a copy into the vault may start; AWS Backup takes no less.
COPY_START_MINUTES = 60
# AWS Backup starts none within the hour before one of the windows.
_COPY_DISTANCE_MINUTES = 60
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
_DAY = f"({'|'.join(_DAYS)})"

# Those that Aurora PostgreSQL 14 runs on, as far as 500 GB and 50,000 payments a day can want.
InstanceClass = Literal[
    "db.t4g.medium",
    "db.t4g.large",
    "db.r6g.large",
    "db.r6g.xlarge",
    "db.r6g.2xlarge",
    "db.r6g.4xlarge",
]
# All three rotate server certificates by themselves; rds-ca-2019 has expired.
CertificateAuthority = Literal["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"]
BackupWindow = Annotated[
    str, Field(pattern=f"^{_TIME}-{_TIME}$", examples=['"07:00-08:00", in UTC'])
]
CopyTime = Annotated[str, Field(pattern=f"^{_TIME}$", examples=['"11:00", in UTC'])]
MaintenanceWindow = Annotated[
    str,
    Field(pattern=f"^{_DAY}:{_TIME}-{_DAY}:{_TIME}$", examples=['"sun:09:00-sun:10:00", in UTC']),
]


class Database(Settings):
    """Aurora PostgreSQL: one writer and one reader of the same class."""

    # AWS raises the minor version in the maintenance window; the next plan then shows the
    # difference, and the new version is written here.
    engine_version: str = Field(pattern=r"^14\.[0-9]{1,2}$", examples=['"14.18", in quotes'])
    instance_class: InstanceClass
    backup_days: int = Field(ge=7, le=35, description="Any second of them can be restored.")
    backup_window: BackupWindow
    copy_time: CopyTime = Field(description="When the day's copy goes into the vault.")
    maintenance_window: MaintenanceWindow
    ca_certificate: CertificateAuthority
    monitoring_seconds: Literal[1, 5, 10, 15, 30, 60] = Field(
        description="How often the instances tell what their operating system does."
    )
    performance_history_days: Literal[7, 31, 93, 186, 372, 731] = Field(
        description="Of Performance Insights; 7 are free."
    )

    @model_validator(mode="after")
    def _windows_agree(self) -> Database:
        backup, maintenance = _backup(self.backup_window), _maintenance(self.maintenance_window)
        lengths = {"backup_window": backup[1], "maintenance_window": maintenance[1]}
        for at, minutes in lengths.items():
            if not SHORTEST_WINDOW_MINUTES <= minutes < DAY_MINUTES:
                raise mistake(
                    f"{at} lasts {minutes} minutes",
                    at=(at,),
                    remedy=f"write one of at least {SHORTEST_WINDOW_MINUTES} minutes "
                    "and less than a day",
                )
        if _meet(backup, maintenance):
            raise mistake(
                f"maintenance_window {self.maintenance_window} meets backup_window "
                f"{self.backup_window}",
                at=("maintenance_window",),
                remedy="choose hours at which no backup is taken",
            )
        copy = (_minute(self.copy_time), COPY_START_MINUTES + _COPY_DISTANCE_MINUTES)
        for at, window in {"backup_window": backup, "maintenance_window": maintenance}.items():
            if _meet(copy, window):
                raise mistake(
                    f"copy_time {self.copy_time} falls into {at}, or into the hours before it",
                    at=("copy_time",),
                    remedy="choose a time after both windows",
                )
        return self


def _backup(window: str) -> tuple[int, int]:
    """Return start and length in minutes."""
    start, end = map(_minute, window.split("-"))
    return start, (end - start) % DAY_MINUTES


def _maintenance(window: str) -> tuple[int, int]:
    """Return start, from the beginning of the week, and length in minutes."""
    start, end = (
        _DAYS.index(one[:3]) * DAY_MINUTES + _minute(one[4:]) for one in window.split("-")
    )
    return start, (end - start) % WEEK_MINUTES


def _minute(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _meet(daily: tuple[int, int], window: tuple[int, int]) -> bool:
    """Tell whether what happens every day falls into a daily or weekly window."""
    start = window[0] % DAY_MINUTES
    until_daily = (daily[0] - start) % DAY_MINUTES
    until_window = (start - daily[0]) % DAY_MINUTES
    return until_daily < window[1] or until_window < daily[1]
