"""How long the first load of the target takes, from the settings alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from app.config.base import Settings

# Of a tunnel's throughput, what is left beside IPsec, TCP and the payments themselves.
VPN_SHARE = 0.8
# Parts differ in size and end at different times: subtasks are not busy until the last moment.
SUBTASK_SHARE = 0.75
CUT_BY = {"payment": "created_at", "refund": "created_at", "ledger_entry": "id"}
"""The column whose ranges are loaded side by side, by business table.

Rows lie on disk roughly in its order, unlike in that of the payments' random ids. An index must
lead to it at the source, or every part reads the whole table: a BRIN index is enough and takes a
thousandth of a B-tree, and ledger entries have their primary key.
"""
# What a text of the payment system may be at most: the API takes 64 characters for a merchant and
# 255 for a key, and a hash has 32 bytes. A longer one stops the task, it is never cut.
LARGEST_TEXT_KILOBYTES = 4
# Texts and hashes of a payment, which has the most: DMS treats both as LOBs.
TEXT_COLUMNS = 4
# At 12 MB/s a subtask commits some ten times a second.
ROWS_A_COMMIT = 5_000
_SECONDS_A_DAY = 86_400
_HOUR = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLoadDuration:
    """What the first load takes, what holds it up, and what that rests on."""

    load_seconds: float
    index_seconds: float
    table_gigabytes: float
    megabytes_per_second: float
    slowest: Literal["the VPN", "the subtasks"]
    waiting_gigabytes: float
    assumptions: tuple[str, ...]

    @property
    def hours(self) -> float:
        """From the start of the task until the target is complete and has caught up."""
        return (self.load_seconds + self.index_seconds) / _HOUR


class FirstLoad(Settings):
    """Sizes and measured speeds. The duration is computed, never written down."""

    database_gigabytes: int = Field(ge=1, le=64_000)
    index_percent: int = Field(
        ge=0, le=90, description="Share of the database that is indexes, which are not moved."
    )
    vpn_megabits_per_second: int = Field(
        ge=10, le=1_250, description="AWS carries at most 1,250 through one tunnel."
    )
    subtasks: int = Field(ge=1, le=49, description="Parts that are loaded at the same time.")
    subtask_megabytes_per_second: float = Field(gt=0, le=100)
    index_megabytes_per_second: float = Field(gt=0, le=1_000)
    changes_gigabytes_per_day: float = Field(ge=0, le=1_000)

    def memory_megabytes(self) -> float:
        """Compute what DMS sets aside for texts while it loads, whatever they hold.

        https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.LOBSupport.html
        """
        row = TEXT_COLUMNS * LARGEST_TEXT_KILOBYTES * 1_024
        return self.subtasks * ROWS_A_COMMIT * row / 1_000_000

    def duration(self) -> FirstLoadDuration:
        """Compute the duration; gigabytes and megabytes are decimal."""
        tables = self.database_gigabytes * (1 - self.index_percent / 100)
        through_vpn = self.vpn_megabits_per_second / 8 * VPN_SHARE
        by_subtasks = self.subtasks * self.subtask_megabytes_per_second * SUBTASK_SHARE
        speed = min(through_vpn, by_subtasks)
        load_seconds = tables * 1_000 / speed
        indexes = self.database_gigabytes - tables
        index_seconds = indexes * 1_000 / self.index_megabytes_per_second
        return FirstLoadDuration(
            load_seconds=load_seconds,
            index_seconds=index_seconds,
            table_gigabytes=tables,
            megabytes_per_second=speed,
            slowest="the VPN" if through_vpn <= by_subtasks else "the subtasks",
            waiting_gigabytes=self.changes_gigabytes_per_day * load_seconds / _SECONDS_A_DAY,
            assumptions=self._assumptions(tables),
        )

    def _assumptions(self, tables: float) -> tuple[str, ...]:
        return (
            (
                f"{self.index_percent} % of {self.database_gigabytes} GB are indexes; {tables:.0f} "
                "GB of tables are moved."
            ),
            f"Indexes are built afterwards, at {self.index_megabytes_per_second:g} MB/s.",
            (
                f"One tunnel carries {self.vpn_megabits_per_second} Mbit/s, and the load gets "
                f"{VPN_SHARE:.0%} of it; the rest is IPsec, TCP and payments."
            ),
            (
                f"{self.subtasks} subtasks load {self.subtask_megabytes_per_second:g} MB/s each "
                f"and are busy {SUBTASK_SHARE:.0%} of the time, because parts differ in size."
            ),
            (
                "An index leads to the column by which each table is cut, "
                f"{_named(CUT_BY)}; without it every part reads the whole table."
            ),
            f"{self.changes_gigabytes_per_day:g} GB a day of changes wait on the instance's disk.",
            (
                f"No text is longer than {LARGEST_TEXT_KILOBYTES} KB, or the task stops; for them "
                f"DMS sets {self.memory_megabytes():.0f} MB of the instance's memory aside."
            ),
        )


def _named(columns: Mapping[str, str]) -> str:
    return ", ".join(f"`{table}.{column}`" for table, column in columns.items())
