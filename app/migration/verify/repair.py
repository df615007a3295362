"""Statements that would make one side like the other. They are printed, never run.

Values are the texts of the other side with their types. Generated columns make themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from psycopg import sql

from app.migration.verify.both import both
from app.migration.verify.lookup import Texts, texts

if TYPE_CHECKING:
    from app.migration.verify.catalogue import Column, Table
    from app.migration.verify.descent import Key, Sessions
    from app.migration.verify.pairing import TablePlan
    from app.migration.verify.report import Report
    from app.migration.verify.session import Side

HEAD = (
    "-- Read every statement before you run it, in one transaction, as a role that may write\n"
    "-- while the site is not the writer: SET LOCAL session_replication_role = replica;"
)
_INSERT = "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE VALUES ({values});"
_UPDATE = "UPDATE {table} SET {changes} WHERE {key};"
_DELETE = "DELETE FROM {table} WHERE {key};"


def repair_statements(
    sessions: Sessions, *, plan: TablePlan, keys: Sequence[Key], side: Side
) -> tuple[str, ...]:
    """Return a statement for each row, to be run on `side`, as the rows are now."""
    if not keys:
        return ()
    found = both(lambda one: texts(sessions[one], plan=plan, side=one, keys=keys))
    statements = _statements(
        plan.tables[side], plan, wanted=found[side.other], there=found[side], keys=keys
    )
    return tuple(statement.as_string(sessions[side]) for statement in statements)


def repair_lines(report: Report | None) -> list[str]:
    """Return all statements of a report under a word of warning; nothing when there are none."""
    tables = () if report is None else report.tables
    statements = [statement for table in tables for statement in table.repair]
    return [HEAD, *statements] if statements else []


def _statements(
    table: Table,
    plan: TablePlan,
    *,
    wanted: dict[Key, Texts],
    there: dict[Key, Texts],
    keys: Sequence[Key],
) -> Iterator[sql.Composed]:
    name = sql.Identifier(table.schema, table.name)
    own = [one for one in table.columns if not one.generated]
    columns = [one for one in own if any(one.name == other.name for other in plan.columns)]
    for key in keys:
        right, wrong = wanted.get(key), there.get(key)
        if right is None and wrong is not None:
            yield sql.SQL(_DELETE).format(table=name, key=_where(table, plan, wrong))
        elif right is not None and wrong is None:
            yield sql.SQL(_INSERT).format(
                table=name,
                columns=sql.SQL(", ").join(sql.Identifier(one.name) for one in columns),
                values=sql.SQL(", ").join(_value(one, right) for one in columns),
            )
        elif right is not None and wrong is not None:
            changed = [one for one in columns if right[one.name] != wrong[one.name]]
            if changed:
                changes = (
                    sql.SQL("{} = {}").format(sql.Identifier(one.name), _value(one, right))
                    for one in changed
                )
                yield sql.SQL(_UPDATE).format(
                    table=name,
                    changes=sql.SQL(", ").join(changes),
                    key=_where(table, plan, wrong),
                )


def _where(table: Table, plan: TablePlan, row: Texts) -> sql.Composed:
    names = {column.name for column in plan.key}
    return sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier(one.name), _value(one, row))
        for one in table.columns
        if one.name in names
    )


def _value(column: Column, row: Texts) -> sql.Composable:
    value = row[column.name]
    if value is None:
        return sql.SQL("NULL")
    # The type is the catalogue's own spelling, quoted where it has to be.
    return sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(column.typed))
