"""A check that is not through in time is cut, and leaves nothing behind at the servers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import psycopg
import pytest

from app.migration.checks import CheckContext, Outcome, all_checks, run_check
from app.migration.checks.base import MetricDataClient
from app.migration.deadline import Deadline
from app.migration.sites import Databases, Site
from app.migration.verify.session import Side, open_session
from app.migration.verify.sites import site_sources

pytestmark = pytest.mark.slow

LEFT_BEHIND = """
SELECT application_name, query FROM pg_stat_activity
WHERE state = 'active' AND application_name IN
    ('payshift-check', 'payshift-parity', 'payshift-verify')
"""


@pytest.mark.parametrize("key", ["row_parity", "money_parity", "sequences_ahead"])
def test_a_check_that_takes_too_long_is_inconclusive_and_no_statement_of_it_goes_on(
    databases: Databases, legacy: psycopg.Connection, aws: psycopg.Connection, key: str
) -> None:
    context = CheckContext(
        databases=databases,
        cloudwatch=cast("MetricDataClient", None),
        environment="local",
        since=datetime.now(UTC),
    )
    with legacy.transaction(), aws.transaction():
        # fact: whoever reads these tables waits until the transactions end
        for session in (legacy, aws):
            session.execute("LOCK payments.ledger_entry IN ACCESS EXCLUSIVE MODE")
        result = run_check(all_checks()[key], context=context.until(Deadline(seconds=4)), limit=1)
        left = [legacy.execute(LEFT_BEHIND).fetchall(), aws.execute(LEFT_BEHIND).fetchall()]
    assert (result.outcome, result.cut) == (Outcome.INCONCLUSIVE, True)
    assert result.message.startswith("cut off, the time of its gate was up: ")
    assert left == [[], []]


def test_the_pinned_settings_of_a_comparison_do_not_undo_the_deadline(
    databases: Databases,
) -> None:
    bounded = {site: one.until(Deadline(seconds=0.5)) for site, one in databases.items()}
    source = site_sources(bounded)[Side.RIGHT]
    with open_session(source) as session, pytest.raises(psycopg.errors.QueryCanceled):
        session.execute("SELECT pg_sleep(10)")


def test_without_a_deadline_nothing_is_cut(databases: Databases) -> None:
    with open_session(site_sources(databases)[Side.LEFT]) as session:
        row = session.execute("SHOW statement_timeout").fetchone()
    assert row == ("0",)
    assert databases[Site.AWS].deadline is None
