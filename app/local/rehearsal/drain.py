"""Waits until everything that was committed at one site has arrived at the other."""

from __future__ import annotations

from typing import Any

import psycopg

from app.errors import DatabaseFailed
from app.local.rehearsal.waiting import wait_until
from app.migration.connection import connect
from app.migration.fence import read_writer
from app.migration.sites import Databases, Site

_HERE = "SELECT pg_current_wal_insert_lsn()::text"
_CONFIRMED = """
SELECT count(*) FILTER (WHERE active) > 0
       AND bool_and(confirmed_flush_lsn >= %s::pg_lsn) FILTER (WHERE active)
FROM pg_replication_slots
WHERE slot_name IN ('payshift_forward', 'payshift_reverse') AND database = current_database()
"""


def wait_for_drain(databases: Databases, *, seconds: float = 60) -> None:
    """Return when the other site has confirmed all that the writer has committed by now.

    DatabaseFailed when it has not within the time, or when there is not exactly one writer.
    """
    writer = _only_writer(databases)
    with connect(databases[writer], application_name="payshift-rehearsal-proof") as connection:
        position = _one(connection, _HERE)
        wait_until(
            lambda: bool(_one(connection, _CONFIRMED, position)),
            seconds=seconds,
            otherwise=DatabaseFailed(
                f"the other site has not confirmed {position} of {writer} within {seconds:.0f} s",
                remedy="look at pg_replication_slots and pg_stat_subscription",
            ),
        )


def _only_writer(databases: Databases) -> Site:
    writers: list[Site] = []
    for site in Site:
        with connect(databases[site], application_name="payshift-rehearsal-proof") as connection:
            if read_writer(connection).accepting:
                writers.append(site)
    if len(writers) != 1:
        raise DatabaseFailed(
            f"{len(writers)} databases accept writes; there must be exactly one",
            remedy="run `payshift deliver --again`: it finishes the handover that was interrupted",
        )
    return writers[0]


def _one(connection: psycopg.Connection[Any], query: str, *parameters: object) -> Any:  # noqa: ANN401 -- one column of any type
    row = connection.execute(query.encode(), parameters or None).fetchone()
    return None if row is None else row[0]
