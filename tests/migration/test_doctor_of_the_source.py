"""The doctor at a real PostgreSQL that is not ready, and after its remedies were followed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.config.loading import load_environment
from app.local.postgres import roles
from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import PostgresCluster
from app.local.postgres.place import ServerPlace
from app.migration.connection import DatabaseSettings, connect
from app.migration.schema import install_business_schema, prepare
from app.migration.sites import Site
from app.pipeline.doctor.context import DoctorContext
from app.pipeline.doctor.run import examine
from app.pipeline.probing.base import Line, Outcome

pytestmark = pytest.mark.slow
# As servers come out of the box, or were tuned by somebody who had no replication in mind.
UNREADY = {
    "wal_level": "replica",
    "max_replication_slots": "2",
    "max_wal_senders": "2",
    "wal_sender_timeout": "1h",
}


@pytest.fixture(scope="module")
def source(place: ServerPlace, authority: LocalAuthority) -> Iterator[PostgresCluster]:
    cluster = PostgresCluster(name="unready", place=place, authority=authority, settings=UNREADY)
    try:
        cluster.create()
        with connect(cluster.settings_for(), application_name="test") as connection:
            install_business_schema(connection)
        yield cluster
    finally:
        cluster.destroy()


def session(source: PostgresCluster) -> psycopg.Connection:
    return connect(source.settings_for(), application_name="test")


def ask(source: PostgresCluster, tmp_path: Path, probe: str, *, role: str = "") -> list[Line]:
    settings: DatabaseSettings = source.settings_for(**({"role": role} if role else {}))
    login = tmp_path / "login.json"
    secret: dict[str, Any] = {
        "host": settings.host, "port": settings.port, "dbname": settings.dbname,
        "username": settings.user, "password": settings.password.get_secret_value(),
        "hostaddr": settings.hostaddr,
    }  # fmt: skip
    login.write_text(json.dumps(secret), encoding="utf-8")

    def no_aws(service: str) -> Any:
        raise AssertionError(service)

    context = DoctorContext(
        environment=load_environment("local"), client=no_aws, login_file=login,
        authority_file=settings.sslrootcert,
    )  # fmt: skip
    return list(examine(context, only=[probe]).lines)


def failed(lines: list[Line]) -> set[str]:
    assert {line.outcome for line in lines} <= {Outcome.PASSED, Outcome.FAILED}
    return {line.subject for line in lines if line.outcome is Outcome.FAILED}


def test_the_settings_are_right_once_the_remedies_were_carried_out(
    source: PostgresCluster, tmp_path: Path
) -> None:
    lines = ask(source, tmp_path, "source_settings")
    assert failed(lines) == set(UNREADY)
    with session(source) as connection:
        for line in lines:
            for statement in line.remedy.split(", then restart")[0].split("; "):
                if statement:
                    connection.execute(statement.encode())
    # fact: those that need a restart are still not in force
    assert failed(ask(source, tmp_path, "source_settings")) == set(UNREADY) - {"wal_sender_timeout"}
    source.restart()
    assert failed(ask(source, tmp_path, "source_settings")) == set()


def test_tables_that_a_copy_cannot_carry_are_named(source: PostgresCluster, tmp_path: Path) -> None:
    assert failed(ask(source, tmp_path, "source_tables")) == set()
    with session(source) as connection:
        connection.execute("CREATE TABLE payments.keyless (amount numeric)")
        connection.execute("CREATE UNLOGGED TABLE payments.fleeting (id int PRIMARY KEY)")
        connection.execute("SELECT lo_create(4711)")
        try:
            lines = ask(source, tmp_path, "source_tables")
        finally:
            connection.execute("DROP TABLE payments.keyless, payments.fleeting")
            connection.execute("SELECT lo_unlink(4711)")
    assert {line.subject: line.message for line in lines if line.outcome is Outcome.FAILED} == {
        "tables without a primary key": "payments.keyless",
        "unlogged tables": "payments.fleeting",
        "numeric columns without precision": "payments.keyless.amount",
        "large objects": "there are some",
    }


PAYMENTS = """
    INSERT INTO payments.payment
        (id, idempotency_key, request_hash, merchant_id, amount_minor, currency, created_at)
    SELECT gen_random_uuid(), n::text, '\\x00', 'm', 1, 'EUR',
           timestamptz '2021-01-01' + n * interval '1 hour'
    FROM generate_series(1, 50000) n
"""
SHUFFLED = """
    UPDATE payments.payment SET created_at = created_at - random() * interval '5 years'
"""
TREE = "payment_created_at_tree"


def test_a_table_that_no_index_cuts_is_named_with_the_statement_that_helps(
    source: PostgresCluster, tmp_path: Path
) -> None:
    with session(source) as connection:
        connection.execute("DROP INDEX payments.payment_created_at")
        connection.execute(PAYMENTS.encode())
        connection.execute("ANALYZE payments.payment, payments.refund")
        lines = {line.subject: line for line in ask(source, tmp_path, "source_indexes")}
        bare = lines.pop("parts of payments.payment")
        assert bare.outcome is Outcome.FAILED
        assert bare.message.endswith("every part would read the whole table")
        # facts: ledger entries have their primary key; nobody knows how no refunds would lie
        assert lines["parts of payments.ledger_entry"].outcome is Outcome.PASSED
        assert lines["parts of payments.refund"].outcome is Outcome.UNKNOWN
        assert not _reads_a_part(connection)
        connection.execute(bare.remedy.encode())
        try:
            assert outcome_of(source, tmp_path, "parts of payments.payment") is Outcome.PASSED
            assert _reads_a_part(connection)
            connection.execute(SHUFFLED)
            connection.execute("ANALYZE payments.payment")
            # fact: where rows lie in no order of days, only a B-tree finds the pages of one
            (line,) = (
                one for one in ask(source, tmp_path, "source_indexes")
                if one.subject == "parts of payments.payment"
            )  # fmt: skip
            assert (line.outcome, line.remedy) == (
                Outcome.FAILED,
                f"CREATE INDEX CONCURRENTLY {TREE} ON payments.payment (created_at)",
            )
            connection.execute(line.remedy.encode())
            assert outcome_of(source, tmp_path, "parts of payments.payment") is Outcome.PASSED
        finally:
            connection.execute("DROP INDEX IF EXISTS payments.payment_created_at_tree")
            connection.execute("TRUNCATE payments.payment CASCADE")


def outcome_of(source: PostgresCluster, tmp_path: Path, subject: str) -> Outcome:
    lines = ask(source, tmp_path, "source_indexes")
    (line,) = (one for one in lines if one.subject == subject)
    return line.outcome


def _reads_a_part(connection: psycopg.Connection) -> bool:
    """Whether a part of the first load, as DMS asks for it, is read without the rest."""
    (plan,) = connection.execute(
        "EXPLAIN SELECT * FROM payments.payment "
        "WHERE created_at > '2021-06-01 00:00:00' AND created_at <= '2021-07-01 00:00:00'"
    ).fetchone() or ("",)
    return "Seq Scan" not in plan


def test_a_role_without_the_rights_is_told_what_it_lacks(
    source: PostgresCluster, tmp_path: Path
) -> None:
    assert failed(ask(source, tmp_path, "source_roles")) == set()
    user = roles.ROTATION
    lines = ask(source, tmp_path, "source_roles", role=user)
    assert failed(lines) == {
        f"{user} may replicate",
        f"{user} may create subscriptions and set session_replication_role",
        f"{user} may read",
    }


def test_a_source_that_ends_idle_transactions_of_the_replication_is_told(
    source: PostgresCluster, tmp_path: Path
) -> None:
    subject = "idle transactions of the replication are left alone"
    with session(source) as connection:
        prepare(connection, site=Site.LEGACY, writer=Site.LEGACY, replicators=(roles.REPLICATION,))
        try:
            assert failed(ask(source, tmp_path, "source_roles")) == set()
            connection.execute(f"ALTER ROLE {roles.REPLICATION} RESET ALL".encode())
            assert failed(ask(source, tmp_path, "source_roles")) == {subject}
        finally:
            connection.execute("DROP SCHEMA payshift CASCADE")


def test_an_extension_that_aurora_lacks_fails(source: PostgresCluster, tmp_path: Path) -> None:
    assert failed(ask(source, tmp_path, "source_extensions")) == set()
    with session(source) as connection:
        connection.execute("CREATE EXTENSION adminpack")
        try:
            assert failed(ask(source, tmp_path, "source_extensions")) == {"extension adminpack"}
        finally:
            connection.execute("DROP EXTENSION adminpack")


def test_the_doctor_changes_nothing_at_the_source(source: PostgresCluster, tmp_path: Path) -> None:
    settings = source.settings_for()
    login = tmp_path / "login.json"
    login.write_text(
        json.dumps({"host": settings.host, "port": settings.port, "dbname": settings.dbname,
                    "username": settings.user, "hostaddr": settings.hostaddr,
                    "password": settings.password.get_secret_value()}),
        encoding="utf-8",
    )  # fmt: skip
    context = DoctorContext(
        environment=load_environment("local"), client=lambda _: None, login_file=login,
        authority_file=settings.sslrootcert,
    )  # fmt: skip
    with (
        context.source() as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("CREATE TABLE payments.written (id int)")


def test_a_source_that_cannot_be_reached_is_unknown_and_its_password_is_not_told(
    source: PostgresCluster, tmp_path: Path
) -> None:
    source.stop()
    try:
        (line,) = ask(source, tmp_path, "source_settings")
    finally:
        source.start()
    assert line.outcome is Outcome.UNKNOWN
    assert source.settings_for().password.get_secret_value() not in f"{line.message}{line.remedy}"
