"""Settings of the replication: its instance, whom it trusts, and the first load."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from app.config.authorities import AuthorityFile, NotCertificates, read_authorities
from app.config.base import Settings, mistake
from app.config.carrier import Carrier
from app.config.first_load import FirstLoad

# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.Types.html
InstanceClass = Literal[
    "dms.t3.medium",
    "dms.t3.large",
    "dms.c5.large",
    "dms.c5.xlarge",
    "dms.c5.2xlarge",
    "dms.c5.4xlarge",
    "dms.c6i.large",
    "dms.c6i.xlarge",
    "dms.c6i.2xlarge",
    "dms.c6i.4xlarge",
    "dms.r5.large",
    "dms.r5.xlarge",
    "dms.r5.2xlarge",
    "dms.r5.4xlarge",
    "dms.r6i.large",
    "dms.r6i.xlarge",
    "dms.r6i.2xlarge",
    "dms.r6i.4xlarge",
]
_GIGABYTES = {
    "t3": {"medium": 4, "large": 8},
    "c5": {"large": 4, "xlarge": 8, "2xlarge": 16, "4xlarge": 32},
    "c6i": {"large": 4, "xlarge": 8, "2xlarge": 16, "4xlarge": 32},
    "r5": {"large": 16, "xlarge": 32, "2xlarge": 64, "4xlarge": 128},
    "r6i": {"large": 16, "xlarge": 32, "2xlarge": 64, "4xlarge": 128},
}
# Of the instance's memory, what texts may take during the load: changes are sorted beside it, and
# what does not fit is swapped.
TEXT_SHARE = 0.5


class History(Settings):
    """Where the large tables are cut, so that their parts are loaded at the same time.

    Payments and refunds are cut by the day on which they were created, ledger entries by id.
    """

    first_day: date
    last_day: date = Field(description="Later rows are the last part, so a past day does no harm.")
    ledger_entries: int = Field(ge=1, le=10**12, description="The highest id, roughly.")

    @model_validator(mode="after")
    def _ordered(self) -> History:
        if self.first_day >= self.last_day:
            raise mistake(
                f"the first day {self.first_day} is not before the last day {self.last_day}",
                at=("first_day",),
                remedy="write the day of the oldest payment",
            )
        return self


class Replication(Settings):
    """The replication instance, its certificates and the sizes of the first load."""

    instance_class: InstanceClass
    engine_version: str = Field(pattern=r"^3\.6\.[0-9]$", examples=['"3.6.1", in quotes'])
    storage_gigabytes: int = Field(ge=50, le=6_144)
    maintenance_window: str = Field(
        pattern=r"^(mon|tue|wed|thu|fri|sat|sun):[0-2][0-9]:[0-5][0-9]-"
        r"(mon|tue|wed|thu|fri|sat|sun):[0-2][0-9]:[0-5][0-9]$",
        examples=["sun:08:00-sun:09:00"],
        description="UTC.",
    )
    plugin: Literal["test_decoding", "pglogical"]
    carrier: Carrier = Field(
        default="logical",
        description="Who carries rows: PostgreSQL's own logical replication, or tasks of DMS.",
    )
    owns_account_roles: bool = Field(
        default=True,
        description="DMS demands two roles of fixed names: one environment of an account has them, "
        "in its workspace bootstrap.",
    )
    data_centre_authority: AuthorityFile
    history: History
    first_load: FirstLoad

    @model_validator(mode="after")
    def _the_authority_is_readable(self) -> Replication:
        where, remedy = ("data_centre_authority",), "put the PEM file into app/config/certificates"
        try:
            read_authorities(self.data_centre_authority)
        except FileNotFoundError as error:
            raise mistake(
                f"there is no file {self.data_centre_authority}", at=where, remedy=remedy
            ) from error
        except (NotCertificates, UnicodeDecodeError) as error:
            raise mistake(
                f"{self.data_centre_authority} is not usable: {error}",
                at=where,
                remedy="write the public certificate of the data centre's authority into it",
            ) from error
        return self

    @model_validator(mode="after")
    def _storage_holds_what_piles_up(self) -> Replication:
        needed = self.first_load.duration().waiting_gigabytes
        if needed > self.storage_gigabytes:
            raise mistake(
                f"{needed:.0f} GB of changes wait for the end of the first load, but the "
                f"instance holds {self.storage_gigabytes} GB",
                at=("storage_gigabytes",),
                remedy=f"write at least {needed:.0f}, or make the first load faster",
            )
        return self

    @model_validator(mode="after")
    def _memory_holds_the_texts(self) -> Replication:
        _, family, size = self.instance_class.split(".")
        allowed = _GIGABYTES[family][size] * 1_024**3 / 1_000_000 * TEXT_SHARE
        needed = self.first_load.memory_megabytes()
        if needed > allowed:
            fewer = int(self.first_load.subtasks * allowed / needed)
            raise mistake(
                f"{self.first_load.subtasks} subtasks take {needed:.0f} MB for texts, more than "
                f"{TEXT_SHARE:.0%} of the memory of {self.instance_class}, {allowed:.0f} MB",
                at=("first_load", "subtasks"),
                remedy=f"write at most {fewer}, or a larger instance_class",
            )
        return self
