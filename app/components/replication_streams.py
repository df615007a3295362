"""What DMS carries in each direction: which tables, from where, and in how many parts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.config.first_load import CUT_BY
from app.config.replication import History, Replication

SiteName = Literal["legacy", "aws"]
BUSINESS_SCHEMA, ENGINE_SCHEMA = "payments", "payshift"
BUSINESS_TABLES = tuple(CUT_BY)
# More parts than subtasks: when one part is larger than the others, the rest do not wait for it.
PARTS_A_SUBTASK = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Rows that one task carries away from `source`.

    `data` carries business rows and markers, and one direction rests; the probe's stream is tiny
    and always on both ways, so that the way back is proven before it is needed. `slot` is the
    replication slot at the source that the engine arms before the task starts; without it DMS
    makes its own, as it must for a full load.
    """

    name: str
    source: SiteName
    slot: str | None
    full_load: bool
    business: bool
    engine_table: str

    @property
    def target(self) -> SiteName:
        """The site that receives."""
        return "aws" if self.source == "legacy" else "legacy"

    @property
    def migration_type(self) -> str:
        """DMS's word for what is carried: rows that exist, and changes."""
        return "full-load-and-cdc" if self.full_load else "cdc"


STREAMS = (
    Stream(
        name="forward",
        source="legacy",
        slot=None,
        full_load=True,
        business=True,
        engine_table="marker_legacy",
    ),
    Stream(
        name="reverse",
        source="aws",
        slot="payshift_reverse",
        full_load=False,
        business=True,
        engine_table="marker_aws",
    ),
    Stream(
        name="forward-probe",
        source="legacy",
        slot="payshift_probe_forward",
        full_load=False,
        business=False,
        engine_table="probe_legacy",
    ),
    Stream(
        name="reverse-probe",
        source="aws",
        slot="payshift_probe_reverse",
        full_load=False,
        business=False,
        engine_table="probe_aws",
    ),
)


def table_mappings(stream: Stream, *, settings: Replication) -> str:
    """Return a stream's table mappings as JSON: named tables only, the large ones in parts.

    Nothing is selected by a pattern, so a table that someone adds is not carried by accident.
    """
    tables = [(ENGINE_SCHEMA, stream.engine_table)]
    if stream.business:
        tables += [(BUSINESS_SCHEMA, table) for table in BUSINESS_TABLES]
    rules: list[dict[str, object]] = [_include(*table) for table in sorted(tables)]
    if stream.full_load:
        parts = settings.first_load.subtasks * PARTS_A_SUBTASK
        rules += [_in_parts(table, settings.history, parts=parts) for table in BUSINESS_TABLES]
    numbered = [{"rule-id": str(number), **rule} for number, rule in enumerate(rules, start=1)]
    return json.dumps({"rules": numbered}, sort_keys=True)


def _include(schema: str, table: str) -> dict[str, object]:
    return {
        "rule-type": "selection",
        "rule-name": f"include-{schema}-{table}".replace("_", "-"),
        "object-locator": {"schema-name": schema, "table-name": table},
        "rule-action": "include",
    }


def _in_parts(table: str, history: History, *, parts: int) -> dict[str, object]:
    """Cut a table into ranges of the column by which its rows lie on disk."""
    column = CUT_BY[table]
    by_id = column == "id"
    boundaries = _ids(history.ledger_entries, parts) if by_id else _days(history, parts)
    return {
        "rule-type": "table-settings",
        "rule-name": f"parts-of-{table}".replace("_", "-"),
        "object-locator": {"schema-name": BUSINESS_SCHEMA, "table-name": table},
        "parallel-load": {
            "type": "ranges",
            "columns": [column],
            "boundaries": [[boundary] for boundary in boundaries],
        },
    }


def _ids(highest: int, parts: int) -> Sequence[str]:
    """Return the upper ends of all parts but the last, which has no end; each end once."""
    ends = (highest * number // parts for number in range(1, parts))
    return tuple(dict.fromkeys(str(end) for end in ends if end > 0))


def _days(history: History, parts: int) -> Sequence[str]:
    total = (history.last_day - history.first_day).days
    offsets = dict.fromkeys(total * number // parts for number in range(1, parts))
    return tuple(_midnight(history.first_day + timedelta(days=days)) for days in offsets if days)


def _midnight(day: date) -> str:
    return f"{day.isoformat()} 00:00:00"
