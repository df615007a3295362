"""Foreign keys are made while rows are applied, whichever table a transaction locks first."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import PostgresCluster
from app.local.postgres.place import ServerPlace
from app.migration import postponed
from app.migration.connection import connect
from app.migration.postponed import make_up, postpone
from app.migration.schema import install_business_schema, prepare
from app.migration.sites import Site
from tests.clusters import QUICK
from tests.migration.test_seed import SHAPE

pytestmark = pytest.mark.slow

TAKE = "LOCK TABLE payments.{} IN ROW EXCLUSIVE MODE"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
LEDGERS_KEY = "ledger_entry_payment_id_fkey"
PATIENCE_SECONDS = 30


@pytest.fixture(scope="module")
def cluster(place: ServerPlace, authority: LocalAuthority) -> Iterator[PostgresCluster]:
    made = PostgresCluster(name="postponed", place=place, authority=authority, settings=QUICK)
    made.create()
    try:
        with connect(made.settings_for(), application_name="test") as connection:
            install_business_schema(connection)
            prepare(connection, site=Site.AWS, writer=Site.AWS)
        yield made
    finally:
        made.destroy()


@pytest.mark.parametrize(
    ("first", "second", "attempts"),
    [
        # Parents first, as payments are written and replicated: not even one deadlock.
        pytest.param("payment", "ledger_entry", 1, id="as-payments-are-written"),
        pytest.param("ledger_entry", "payment", 2, id="the-other-way-round"),
    ],
)
def test_keys_are_made_though_a_transaction_locks_both_tables(
    cluster: PostgresCluster,
    monkeypatch: pytest.MonkeyPatch,
    first: str,
    second: str,
    attempts: int,
) -> None:
    monkeypatch.setattr(postponed, "DEADLOCKS", attempts)
    settings = cluster.settings_for()
    with (
        connect(settings, application_name="test-making") as making,
        connect(settings, application_name="test-applying") as applying,
        connect(settings, application_name="test-watching") as watching,
        ThreadPoolExecutor() as threads,
    ):
        shape = making.execute(SHAPE).fetchall()
        postpone_one(making, LEDGERS_KEY)
        assert making.execute(SHAPE).fetchall() != shape
        # The session with the shorter patience finds the deadlock, and becomes its victim.
        making.execute("SET deadlock_timeout = '50ms'")
        applying.execute("SET deadlock_timeout = '1h'")
        with applying.transaction():
            applying.execute(TAKE.format(first).encode())
            made = threads.submit(make_up, making)
            wait_until_waiting(watching)
            applying.execute(TAKE.format(second).encode())
        made.result()
        assert making.execute(SHAPE).fetchall() == shape


def postpone_one(connection: psycopg.Connection, name: str) -> None:
    """Leave one constraint to be made, which the transaction meets in any case."""
    postpone(connection, primary_keys=False)
    taken = connection.execute(
        "DELETE FROM payshift.postponed WHERE statement LIKE %s RETURNING statement", (f"%{name}%",)
    ).fetchall()
    assert len(taken) == 1
    make_up(connection)
    connection.execute("INSERT INTO payshift.postponed (statement) VALUES (%s)", taken[0])


def wait_until_waiting(watching: psycopg.Connection) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while watching.execute(WAITING).fetchone() == (0,):
        assert time.monotonic() < end, "nobody waits for a lock"
        time.sleep(0.005)
