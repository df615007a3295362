"""Which columns of a row differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.migration.verify.both import both
from app.migration.verify.lookup import Texts, texts
from app.migration.verify.report import Kind, RowDifference
from app.migration.verify.session import Side

if TYPE_CHECKING:
    from app.migration.verify.descent import Key, Sessions
    from app.migration.verify.pairing import TablePlan


def differences(
    sessions: Sessions, *, plan: TablePlan, keys: Sequence[Key]
) -> tuple[RowDifference, ...]:
    """Read the rows from both sides and name what differs in each."""
    if not keys:
        return ()
    found = both(lambda side: texts(sessions[side], plan=plan, side=side, keys=keys))
    return tuple(
        _difference(plan, key, found[Side.LEFT].get(key), found[Side.RIGHT].get(key))
        for key in keys
    )


def _difference(
    plan: TablePlan, key: Key, left: Texts | None, right: Texts | None
) -> RowDifference:
    names = [column.name for column in plan.key]
    columns: dict[str, tuple[str | None, str | None]] = {}
    if left is not None and right is not None:
        columns = {
            column.name: (left[column.name], right[column.name])
            for column in plan.columns
            if left[column.name] != right[column.name]
        }
    kind = Kind.EXTRA if left is None else Kind.MISSING if right is None else Kind.CHANGED
    return RowDifference(kind=kind, key=dict(zip(names, key, strict=True)), columns=columns)
