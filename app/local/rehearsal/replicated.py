"""Waits for the initial copy: the story begins when every table of the target follows."""

from __future__ import annotations

from collections.abc import Callable

from app.errors import DatabaseFailed
from app.local.rehearsal.waiting import wait_until
from app.migration.connection import connect
from app.migration.sites import Databases, Site

_TABLES = """
SELECT count(*), count(*) FILTER (WHERE tables.srsubstate = 'r')
FROM pg_subscription AS subscription
JOIN pg_subscription_rel AS tables ON tables.srsubid = subscription.oid
WHERE subscription.subname = 'payshift_forward'
"""


def wait_until_replicated(
    databases: Databases, *, tell: Callable[[str], None], seconds: float = 600
) -> None:
    """Return when the initial copy of every table has ended, at once if there is none to wait for.

    DatabaseFailed when it has not ended within the time.
    """
    with connect(databases[Site.AWS], application_name="payshift-rehearsal") as connection:

        def copied() -> bool:
            row = connection.execute(_TABLES).fetchone()
            return row is None or row[0] == row[1]

        tell("replicating legacy to aws")
        wait_until(
            copied,
            seconds=seconds,
            otherwise=DatabaseFailed(
                f"the initial copy has not ended within {seconds:.0f} s",
                remedy="look at pg_subscription_rel at the target and at both servers' logs",
            ),
        )
