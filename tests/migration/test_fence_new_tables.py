"""Tables and partitions that come later are fenced as they are made, whoever makes them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from app.local.postgres import roles
from app.migration.schema import fence_new_tables, prepare, unfenced_tables
from app.migration.sites import Site
from tests.migration.fencing import refused

pytestmark = pytest.mark.slow

PARTITIONED = """
CREATE TABLE payments.event (id int, year int) PARTITION BY LIST (year);
CREATE TABLE payments.event_2025 PARTITION OF payments.event FOR VALUES IN (2025);
CREATE TABLE {place}.event_2026 (id int, year int);
ALTER TABLE payments.event ATTACH PARTITION {place}.event_2026 FOR VALUES IN (2026);
"""
MAKES = {
    "payments.made": "CREATE TABLE payments.made (id int)",
    "payments.copied": "CREATE TABLE payments.copied AS SELECT 1 AS id",
    "payments.chosen": "SELECT 1 AS id INTO payments.chosen",
    "payments.moved": "CREATE TABLE public.moved (id int); "
    "ALTER TABLE public.moved SET SCHEMA payments",
    "aside.child": "CREATE SCHEMA aside; CREATE TABLE aside.child () INHERITS (payments.refund)",
}


@pytest.fixture
def owner(aws: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """The tables' owner, who is no superuser, inside a transaction that is rolled back."""
    with aws.transaction(force_rollback=True):
        aws.execute(f"GRANT CREATE ON DATABASE {roles.DATABASE} TO {roles.OWNER}".encode())
        aws.execute(f"GRANT CREATE ON SCHEMA public TO {roles.OWNER}".encode())
        aws.execute(f"SET LOCAL ROLE {roles.OWNER}".encode())
        yield aws


@pytest.mark.parametrize(("table", "make"), MAKES.items())
def test_a_new_table_is_fenced_as_it_is_made(
    owner: psycopg.Connection, table: str, make: str
) -> None:
    owner.execute(make.encode())
    assert unfenced_tables(owner) == ()
    assert refused(owner, f"TRUNCATE {table}") == "PS001"


@pytest.mark.parametrize("table", ["payments.event", "payments.event_2025", "aside.event_2026"])
def test_a_partition_is_fenced_in_whichever_schema_it_lies(
    owner: psycopg.Connection, table: str
) -> None:
    owner.execute(f"CREATE SCHEMA aside; {PARTITIONED.format(place='aside')}".encode())
    assert unfenced_tables(owner) == ()
    assert refused(owner, f"TRUNCATE {table}") == "PS001"


def test_a_new_table_refuses_echoes_like_the_others(owner: psycopg.Connection) -> None:
    owner.execute("CREATE TABLE payments.made (id int)")
    found = owner.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'payments.made'::regclass ORDER BY 1"
    ).fetchall()
    assert found == [("payshift_fence",), ("payshift_guard",), ("payshift_replica_fence",)]


def test_a_published_table_of_another_schema_is_replicated_and_so_must_be_fenced(
    aws: psycopg.Connection,
) -> None:
    with aws.transaction(force_rollback=True):
        aws.execute("CREATE SCHEMA aside; CREATE TABLE aside.account (id int PRIMARY KEY)")
        assert unfenced_tables(aws) == ()
        aws.execute("ALTER PUBLICATION payshift_reverse ADD TABLE aside.account")
        assert unfenced_tables(aws) == ("aside.account",)
        prepare(aws, site=Site.AWS, writer=Site.LEGACY)
        assert unfenced_tables(aws) == ()


def test_without_the_event_trigger_a_new_table_is_found(aws: psycopg.Connection) -> None:
    with aws.transaction(force_rollback=True):
        aws.execute("DROP EVENT TRIGGER payshift_new_tables")
        aws.execute("CREATE TABLE payments.made (id int)")
        assert unfenced_tables(aws) == ("payments.made",)
        prepare(aws, site=Site.AWS, writer=Site.LEGACY)
        assert unfenced_tables(aws) == ()


def test_whoever_may_not_make_event_triggers_is_told(owner: psycopg.Connection) -> None:
    assert fence_new_tables(owner) is False


WEAKER = "CREATE OR REPLACE TRIGGER payshift_fence {} ON payments.refund {} EXECUTE FUNCTION {}()"
OURS = "payshift.refuse_unless_writer"


@pytest.mark.parametrize(
    "weaken",
    [
        "ALTER TABLE payments.refund DISABLE TRIGGER payshift_replica_fence",
        "ALTER TABLE payments.refund DISABLE TRIGGER ALL",
        "DROP TRIGGER payshift_fence ON payments.refund",
        WEAKER.format("BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE", "WHEN (false)", OURS),
        WEAKER.format("BEFORE INSERT OR DELETE OR TRUNCATE", "", OURS),
        WEAKER.format("AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE", "", OURS),
    ],
)
def test_a_weakened_fence_is_found_and_put_back(aws: psycopg.Connection, weaken: str) -> None:
    with aws.transaction(force_rollback=True):
        aws.execute(weaken.encode())
        assert unfenced_tables(aws) == ("payments.refund",)
        prepare(aws, site=Site.AWS, writer=Site.LEGACY)
        assert unfenced_tables(aws) == ()
