"""Statements past psycopg's cursor: the same values, the same errors, and plans that are mended."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.lambdas.payment_api.prepared import Prepared
from app.local.postgres import roles
from app.migration.connection import connect
from app.migration.sites import Site
from tests.lambdas.conftest import Pair

pytestmark = pytest.mark.slow

Run = Callable[[psycopg.Connection], tuple[Any, ...] | None]

# Values as the API's statements have them, in both directions, with a moment of the server's.
VALUES = (
    "SELECT %(id)s::uuid, %(text)s::text, %(bytes)s::bytea, %(number)s::int8,"
    " timestamptz '2026-03-29 01:59:59.999999+00', %(text)s::varchar, NULL::text, true"
)
ECHO = Prepared(VALUES, id="uuid", text="text", bytes="bytea", number="int8")
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
PLANS = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%of_these%'"


@pytest.fixture
def connection(pair: Pair) -> Iterator[psycopg.Connection]:
    """Give a session of the engine's that knows no statement yet."""
    with pair.engine(Site.LEGACY) as connection:
        yield connection


def the_cursor_says(connection: psycopg.Connection, values: Mapping[str, Any]) -> object:
    return connection.cursor(binary=True).execute(VALUES.encode(), values).fetchone()


@given(
    id_=st.none() | st.uuids(),
    text=st.none() | TEXTS,
    octets=st.none() | st.binary(),
    number=st.none() | st.integers(-(2**63), 2**63 - 1),
)
@example(id_=UUID(int=0), text="", octets=b"", number=0)
@example(
    id_=UUID(int=2**128 - 1), text="'; DROP TABLE t; -- %s %(id)s $1 \\", octets=b"\0\\x", number=1
)
@example(id_=None, text="ü€𝄞" * 300_000, octets=bytes(range(256)) * 20_000, number=-1)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_values_of_every_kind_and_size_come_back_as_from_a_cursor(
    connection: psycopg.Connection,
    id_: UUID | None,
    text: str | None,
    octets: bytes | None,
    number: int | None,
) -> None:
    values = {"id": id_, "text": text, "bytes": octets, "number": number}
    row = ECHO.row(connection, values)
    assert row == the_cursor_says(connection, values)
    assert row is not None
    assert row[:4] == (id_, text, octets, number)


def test_no_row_is_none(connection: psycopg.Connection) -> None:
    nothing = Prepared("SELECT 1 WHERE %(yes)s > 0", yes="int8")
    found = [nothing.row(connection, {"yes": number}) for number in (1, 0, 1)]
    assert found == [(1,), None, (1,)]


def test_a_session_prepares_once_whatever_the_size_of_a_value(
    connection: psycopg.Connection,
) -> None:
    plain = Prepared("SELECT %(number)s AS of_these", number="int8")
    numbers = [None, 1, 40_000, 3_000_000_000, -(2**63)]
    assert [plain.row(connection, {"number": number}) for number in numbers] == [
        (number,) for number in numbers
    ]
    assert connection.execute(PLANS.encode()).fetchone() == (1,)


FAILING = {
    "a value that fails": "SELECT 1 / 0 WHERE %(x)s > 0",
    "a table that is not there": "SELECT %(x)s FROM nowhere",
    "no SQL at all": "SELEKT %(x)s",
    "a statement that lasts": "SELECT pg_sleep(60) WHERE %(x)s > 0",
    "a lock that is not given": "SELECT pg_advisory_lock(%(x)s)",
    "a session that is terminated": (
        "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(60) WHERE %(x)s > 0"
    ),
    "a commit that fails": "INSERT INTO pg_temp.child VALUES (%(x)s) RETURNING parent",
    "a class of our own": "SELECT pg_temp.refuse(%(x)s)",
}
SETTING = """
    SET statement_timeout = '300ms';
    CREATE TEMP TABLE parent (id int8 PRIMARY KEY);
    CREATE TEMP TABLE child (parent int8 REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
    CREATE FUNCTION pg_temp.refuse(int8) RETURNS int8 LANGUAGE plpgsql AS
        $$ BEGIN RAISE 'not here' USING ERRCODE = 'PS001', HINT = 'there'; END $$
"""


@pytest.mark.parametrize("failing", FAILING)
def test_an_error_is_the_one_that_a_cursor_raises(pair: Pair, failing: str) -> None:
    sql = FAILING[failing]
    prepared = Prepared(sql, x="int8")

    def by_cursor(connection: psycopg.Connection) -> tuple[Any, ...] | None:
        return connection.execute(sql.encode(), {"x": 7}, prepare=True).fetchone()

    def by_prepared(connection: psycopg.Connection) -> tuple[Any, ...] | None:
        return prepared.row(connection, {"x": 7})

    with pair.engine(Site.LEGACY) as other:
        other.execute("SELECT pg_advisory_lock(7)")
        first, second = (failure(pair, run) for run in (by_cursor, by_prepared))
    assert first == second


def failure(pair: Pair, run: Run) -> tuple[object, ...]:
    """Return everything that a caller may ask of the error, and how the session is afterwards."""
    connection = pair.engine(Site.LEGACY)
    connection.execute(SETTING.encode())
    with pytest.raises(psycopg.Error) as caught:
        run(connection)
    error = caught.value
    told = (error.diag.message_primary, error.diag.message_hint, error.diag.constraint_name)
    left = (connection.closed, connection.pgconn.transaction_status)
    connection.close()
    return type(error), error.sqlstate, told, left


def test_a_connection_that_is_closed_or_cut_is_an_operational_error(pair: Pair) -> None:
    one = Prepared("SELECT %(x)s", x="int8")
    closed, cut = pair.engine(Site.LEGACY), pair.engine(Site.LEGACY)
    for connection in (closed, cut):
        assert one.row(connection, {"x": 1}) == (1,)
    closed.close()
    pair.tell(Site.LEGACY, f"SELECT pg_terminate_backend({cut.info.backend_pid}, 5000)")
    for connection in (closed, cut, cut):
        with pytest.raises(psycopg.OperationalError):
            one.row(connection, {"x": 1})
    cut.close()
    with pair.engine(Site.LEGACY) as opened_again:
        assert one.row(opened_again, {"x": 1}) == (1,)


def test_what_a_cursor_would_begin_a_transaction_for_is_refused(pair: Pair) -> None:
    login = pair.settings(Site.LEGACY, roles.APPLICATION)
    with connect(login, application_name="test", autocommit=False) as connection:
        with pytest.raises(psycopg.ProgrammingError):
            Prepared("SELECT 1").row(connection, {})
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


@pytest.mark.parametrize("forget", ["DEALLOCATE ALL", "DISCARD ALL"])
def test_a_session_that_forgot_the_statement_is_told_it_again(
    connection: psycopg.Connection, forget: str
) -> None:
    one = Prepared("SELECT %(x)s AS of_these", x="int8")
    for number in range(3):
        assert one.row(connection, {"x": number}) == (number,)
        connection.execute(forget.encode())
    assert one.row(connection, {"x": 3}) == (3,)
    assert connection.execute(PLANS.encode()).fetchone() == (1,)


@pytest.fixture
def table(connection: psycopg.Connection) -> Prepared:
    """Make a table, and a statement that writes to it, prepared for its columns as they are."""
    connection.execute("CREATE TEMP TABLE noted (value int8)")
    note = Prepared("INSERT INTO noted VALUES (%(value)s) RETURNING value", value="int8")
    assert note.row(connection, {"value": 1}) == (1,)
    return note


def test_a_column_of_another_type_is_met_with_a_new_plan_and_written_once(
    connection: psycopg.Connection, table: Prepared
) -> None:
    connection.execute("ALTER TABLE noted ALTER value TYPE text")
    assert table.row(connection, {"value": 2}) == ("2",)
    connection.execute("ALTER TABLE noted ALTER value TYPE numeric USING value::numeric")
    assert table.row(connection, {"value": 3}) == (3,)
    assert connection.execute("SELECT array_agg(value) FROM noted").fetchone() == ([1, 2, 3],)


@pytest.mark.parametrize("spoil", ["ALTER TABLE noted ALTER value TYPE text", "DEALLOCATE ALL"])
def test_a_transaction_is_not_begun_again_by_itself_but_the_next_one_succeeds(
    connection: psycopg.Connection, table: Prepared, spoil: str
) -> None:
    connection.execute(spoil.encode())
    with pytest.raises(psycopg.OperationalError), connection.transaction():
        table.row(connection, {"value": 2})
    with connection.transaction():
        assert table.row(connection, {"value": 3}) in ((3,), ("3",))
    assert connection.execute("SELECT count(*) FROM noted").fetchone() == (2,)


def test_what_postgresql_does_not_support_is_not_tried_twice(
    connection: psycopg.Connection,
) -> None:
    connection.execute(
        "CREATE FUNCTION pg_temp.unsupported() RETURNS int8 LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE 'no' USING ERRCODE = '0A000'; END $$"
    )
    never = Prepared("SELECT pg_temp.unsupported() AS of_these")
    for _ in range(3):
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            never.row(connection, {})
    assert connection.execute(PLANS.encode()).fetchone() == (1,)


def test_two_threads_at_one_connection_each_get_their_own_answers(
    connection: psycopg.Connection,
) -> None:
    def ask(word: str) -> list[object]:
        values = {"id": None, "text": word, "bytes": None}
        rows = (ECHO.row(connection, values | {"number": number}) for number in range(300))
        return [row and (row[1], row[3]) for row in rows]

    words = ("one", "other")
    with ThreadPoolExecutor(len(words)) as threads:
        answers = list(threads.map(ask, words))
    assert answers == [[(word, number) for number in range(300)] for word in words]


WAITING = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def wait_for_a_waiter(connection: psycopg.Connection, *, waits: threading.Thread) -> None:
    while connection.execute(WAITING.encode()).fetchone() is None and waits.is_alive():
        time.sleep(0.01)


def test_other_threads_go_on_while_a_statement_waits(pair: Pair) -> None:
    lock = Prepared("SELECT 1 FROM pg_advisory_lock(%(key)s)", key="int8")
    found: list[object] = []
    with pair.engine(Site.LEGACY) as holder, pair.engine(Site.LEGACY) as waiter:
        holder.execute("SELECT pg_advisory_lock(7)")
        waiter.execute("SET statement_timeout = '10s'")
        thread = threading.Thread(target=lambda: found.append(lock.row(waiter, {"key": 7})))
        thread.start()
        # Were the interpreter's lock held meanwhile, nobody could give this one back.
        wait_for_a_waiter(holder, waits=thread)
        holder.execute("SELECT pg_advisory_unlock(7)")
        thread.join()
    assert found == [(1,)]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Take Ctrl-C as a command in a terminal does, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_the_statement_and_leaves_the_session_usable(pair: Pair) -> None:
    lock = Prepared("SELECT pg_advisory_lock(%(key)s)", key="int8")
    with (
        pair.engine(Site.LEGACY) as holder,
        pair.engine(Site.LEGACY) as asking,
        pair.engine(Site.LEGACY) as waiter,
    ):
        holder.execute("SELECT pg_advisory_lock(7)")
        waiter.execute("SET statement_timeout = '20s'")

        def interrupt() -> None:
            wait_for_a_waiter(asking, waits=threading.main_thread())
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            lock.row(waiter, {"key": 7})
        thread.join()
        assert waiter.execute("SELECT 1").fetchone() == (1,)
