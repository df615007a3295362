"""Databases in use: rows in flight are waited for, real differences are found among them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from app.errors import DatabaseFailed, InputError
from app.migration.connection import connect
from app.migration.sites import Databases, Site
from app.migration.verify.comparison import compare
from app.migration.verify.options import Options
from app.migration.verify.report import Kind, TableResult, Verdict
from app.migration.verify.rows import compare_rows
from app.migration.verify.session import Side
from app.migration.verify.sites import open_drain, require_fenced, site_sources
from tests.migration.killed_handover import run_and_kill
from tests.migration.support import Pair, Payers, drain, next_run_id, pay

pytestmark = pytest.mark.slow


@contextmanager
def held_back(databases: Databases) -> Iterator[None]:
    """Keep replication from writing payments at aws."""
    with (
        connect(databases[Site.AWS], application_name="test") as connection,
        connection.transaction(),
    ):
        connection.execute("LOCK payments.payment IN SHARE MODE")
        yield


def payments_of(databases: Databases) -> TableResult:
    report = compare_rows(databases)
    assert report is not None
    return next(table for table in report.tables if table.name == "payments.payment")


def test_databases_in_use_are_equal(pair: Pair, databases: Databases) -> None:
    payers = Payers(pair.applications)
    with payers.paying(threads=4, pause_seconds=0.002):
        for _ in range(3):
            payers.wait_for(20)
            report = compare_rows(databases)
            assert report is not None
            assert report.equal, report.lines()


def test_rows_that_have_not_arrived_yet_are_waited_for(
    databases: Databases, legacy: psycopg.Connection
) -> None:
    drain(databases)
    holding, release = threading.Event(), threading.Event()

    class Released:
        """Lets replication go on when the comparison asks to wait for it."""

        source = Side.LEFT

        def wait(self) -> None:
            release.set()
            drain(databases)

    def hold() -> None:
        with held_back(databases):
            holding.set()
            release.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    assert holding.wait(30)
    payment = pay(legacy)
    report = compare(
        site_sources(databases),
        options=Options(schemas=("payments",), tables=("payment",)),
        drain=Released(),
    )
    holder.join()
    assert payment
    assert report.equal
    # fact: the pass itself saw the difference, so the wait is what made it equal
    assert report.tables[0].in_flight == 1


def test_a_row_that_stays_different_is_found_among_payments(
    pair: Pair, databases: Databases, legacy: psycopg.Connection, aws: psycopg.Connection
) -> None:
    payment = pay(legacy)
    drain(databases)
    aws.execute("SET session_replication_role = replica")
    change = "UPDATE payments.payment SET amount_minor = amount_minor + %s WHERE id = %s"
    aws.execute(change, (1, payment))
    try:
        with Payers(pair.applications).paying(threads=3, pause_seconds=0.005):
            table = payments_of(databases)
    finally:
        aws.execute(change, (-1, payment))
    assert table.verdict is Verdict.DIFFERENT
    (difference,) = table.differences
    assert (difference.kind, difference.key) == (Kind.CHANGED, {"id": str(payment)})
    assert set(difference.columns) == {"amount_minor"}


def test_a_snapshot_needs_a_fence(databases: Databases) -> None:
    with pytest.raises(InputError, match="legacy accepts writes"):
        require_fenced(databases)
    run_and_kill(databases, to=Site.AWS, run_id=next_run_id(), after="fenced")
    assert require_fenced(databases) is Site.LEGACY
    with pytest.raises(DatabaseFailed, match="0 sites accept writes"), open_drain(databases):
        pass
    assert compare(
        site_sources(databases), options=Options(schemas=("payments",), still=True)
    ).equal


def test_exported_snapshots_are_compared_as_they_were(
    databases: Databases, legacy: psycopg.Connection, aws: psycopg.Connection
) -> None:
    pay(legacy)
    drain(databases)
    with legacy.transaction(), aws.transaction():
        names = {}
        for side, session in ((Side.LEFT, legacy), (Side.RIGHT, aws)):
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            row = session.execute("SELECT pg_export_snapshot()").fetchone()
            assert row
            names[side] = row[0]
        with connect(databases[Site.LEGACY], application_name="test") as later:
            pay(later)
        options = Options(schemas=("payments",), exported=names, still=True, workers=2)
        table = next(iter(compare(site_sources(databases), options=options).tables))
        now = compare(site_sources(databases), options=Options(schemas=("payments",)))
    assert table.verdict is Verdict.EQUAL
    # fact: the later payment has two ledger rows, which the snapshot does not hold
    assert table.name == now.tables[0].name == "payments.ledger_entry"
    assert now.tables[0].rows[Side.LEFT] == table.rows[Side.LEFT] + 2
