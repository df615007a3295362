"""Every probe of the preflight measures, and says no when its condition is broken for real."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from app.local.postgres import roles
from app.migration.connection import connect
from app.migration.deadline import Deadline
from app.migration.handover import Handover
from app.migration.probes import MOVING, RESTING, Patience, Probe, ProbeContext, ProbeResult
from app.migration.probes.clock_difference import ClockDifference
from app.migration.probes.free_connections import FreeConnections
from app.migration.probes.lag import Lag
from app.migration.probes.large_objects import LargeObjects
from app.migration.probes.long_writers import LongWriters
from app.migration.probes.prepared_transactions import PreparedTransactions
from app.migration.probes.replica_identity import ReplicaIdentity
from app.migration.probes.replication_definition import ReplicationDefinition
from app.migration.probes.retained_log import RetainedLog
from app.migration.probes.schema_differences import SchemaDifferences
from app.migration.probes.sequences_ahead import SequencesAhead
from app.migration.probes.unfenced_tables import UnfencedTables
from app.migration.probes.unlogged_tables import UnloggedTables
from app.migration.probes.way_back import WayBack
from app.migration.replication.logical import LogicalReplication
from app.migration.sites import Databases, Site
from tests.migration.support import Pair, accepting, pay

pytestmark = pytest.mark.slow

IMPATIENT = Patience(waiting=0.3, probe=0.3, transaction=0.0, calm_lag=0.1, tolerable_lag=0.2)
# What breaks each probe's condition at one site, and what it then says.
BROKEN: tuple[tuple[Probe, Site, str, str], ...] = (
    (
        UnfencedTables(),
        Site.LEGACY,
        "ALTER TABLE payments.refund DISABLE TRIGGER payshift_fence",
        "the fence is missing on payments.refund at legacy",
    ),
    (
        ReplicationDefinition(),
        Site.LEGACY,
        "ALTER PUBLICATION payshift_forward DROP TABLE payments.refund",
        "publication payshift_forward at legacy lacks payments.refund",
    ),
    (
        ReplicaIdentity(),
        Site.AWS,
        "ALTER TABLE payments.refund REPLICA IDENTITY NOTHING",
        "no primary key or replica identity on payments.refund at aws",
    ),
    (
        ReplicaIdentity(),
        Site.LEGACY,
        "CREATE TABLE payments.made (id int)",
        "no primary key or replica identity on payments.made at legacy",
    ),
    (
        UnloggedTables(),
        Site.LEGACY,
        "CREATE UNLOGGED TABLE payments.made (id int PRIMARY KEY)",
        "payments.made at legacy is not logged, so it is not replicated",
    ),
    (
        LargeObjects(),
        Site.LEGACY,
        "SELECT lo_create(0)",
        "1 large objects at legacy would stay there",
    ),
    (
        SchemaDifferences(),
        Site.AWS,
        "ALTER TABLE payments.refund ADD COLUMN note text NOT NULL DEFAULT ''",
        "column payments.refund.note: legacy has none, aws text NOT NULL DEFAULT ''::text",
    ),
    (
        SchemaDifferences(),
        Site.LEGACY,
        "ALTER TABLE payments.refund ADD CONSTRAINT small CHECK (amount_minor < 10) NOT VALID",
        (
            "constraint payments.refund.small: legacy CHECK ((amount_minor < 10)) NOT VALID, "
            "aws has none"
        ),
    ),
    (
        SchemaDifferences(),
        Site.LEGACY,
        "CREATE INDEX late ON payments.refund (created_at)",
        (
            "index payments.late: legacy CREATE INDEX late ON payments.refund "
            "USING btree (created_at), aws has none"
        ),
    ),
    (
        ClockDifference(),
        Site.AWS,
        (
            "CREATE SCHEMA skew; CREATE FUNCTION skew.clock_timestamp() RETURNS timestamptz "
            "LANGUAGE sql AS $$ SELECT pg_catalog.clock_timestamp() + interval '3 s' $$; "
            "SET LOCAL search_path = skew, pg_catalog"
        ),
        "the clocks of both servers differ by 3.0 s",
    ),
    (
        SequencesAhead(),
        Site.LEGACY,
        "CREATE SEQUENCE payments.made",
        "sequence payments.made at aws is not ahead",
    ),
)


@pytest.fixture
def context(legacy: psycopg.Connection, aws: psycopg.Connection) -> ProbeContext:
    return ProbeContext(
        sessions={Site.LEGACY: legacy, Site.AWS: aws},
        writer=Site.LEGACY,
        replication=LogicalReplication(),
        deadline=Deadline(seconds=30),
        patience=IMPATIENT,
    )


def test_a_healthy_pair_passes_every_probe_with_a_figure(databases: Databases) -> None:
    handover = Handover(databases=databases, replication=LogicalReplication())
    results = handover.inspect(to=Site.AWS, deadline_seconds=30)
    assert [one.probe for one in results] == [probe.key for probe in (*RESTING, *MOVING)]
    assert [one for one in results if not one.passed or one.figure is None] == []
    assert accepting(databases) == [Site.LEGACY]


def test_there_is_nothing_to_measure_for_the_site_that_writes(databases: Databases) -> None:
    handover = Handover(databases=databases, replication=LogicalReplication())
    assert handover.inspect(to=Site.LEGACY, deadline_seconds=30) == ()


@pytest.mark.parametrize(
    ("probe", "site", "breaks", "finding"), BROKEN, ids=[f"{one[0].key} {one[1]}" for one in BROKEN]
)
def test_a_broken_condition_is_named_and_measured(
    context: ProbeContext, probe: Probe, site: Site, breaks: str, finding: str
) -> None:
    before = probe.run(context)
    assert before.passed, before
    with context.sessions[site].transaction(force_rollback=True):
        context.sessions[site].execute(breaks.encode())
        said_no(probe.run(context), finding)


def said_no(result: ProbeResult, finding: str) -> None:
    assert result.findings == (finding,)
    assert result.remedy
    assert result.figure is None or result.figure > result.limit
    assert result.as_record()["passed"] is False


def test_a_prepared_transaction_is_counted(context: ProbeContext) -> None:
    assert PreparedTransactions().run(context).passed
    context.old.execute("BEGIN; SELECT 1; PREPARE TRANSACTION 'half'")
    try:
        result = PreparedTransactions().run(context)
    finally:
        context.old.execute("ROLLBACK PREPARED 'half'")
    said_no(result, "1 prepared transactions at legacy")


def test_a_slot_that_nobody_reads_is_named(
    context: ProbeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert RetainedLog().run(context).passed
    monkeypatch.setattr(RetainedLog, "limit", 0.0005)
    context.old.execute("SELECT pg_create_logical_replication_slot('stuck', 'test_decoding')")
    try:
        context.old.execute(
            "CREATE TABLE public.filler AS SELECT repeat('x', 1000) FROM generate_series(1, 2000)"
        )
        result = RetainedLog().run(context)
    finally:
        context.old.execute("DROP TABLE public.filler")
        context.old.execute("SELECT pg_drop_replication_slot('stuck')")
    assert "slot stuck at legacy keeps 0.0 GB of log" in result.findings
    assert result.figure is not None
    assert result.figure > result.limit


def test_too_few_free_connections_are_told(
    context: ProbeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = FreeConnections().run(context)
    assert result.passed
    monkeypatch.setattr(FreeConnections, "limit", 1_000.0)
    (finding,) = FreeConnections().run(context).findings
    assert finding.startswith("only 11")  # of 120, less the reserved ones and a few sessions
    assert finding.endswith("connections are free at aws")


def test_a_long_writing_transaction_is_named(context: ProbeContext, databases: Databases) -> None:
    with connect(databases[Site.LEGACY], application_name="writing") as client:
        client.execute("BEGIN")
        pay(client)
        result = LongWriters().run(context)
        client.rollback()
        pid = client.info.backend_pid
    said_no(result, f"session {pid} (writing) at legacy has been writing for 0 s")
    assert LongWriters().run(context).passed


def test_a_writing_transaction_whose_age_is_hidden_counts_as_long(
    context: ProbeContext, pair: Pair
) -> None:
    superuser = pair.clusters[Site.LEGACY].settings_for(role=roles.ADMIN)
    with connect(superuser, application_name="hidden") as client:
        client.execute("SET track_activities = off")
        client.execute("BEGIN")
        pay(client)
        result = LongWriters().run(context)
        client.rollback()
        pid = client.info.backend_pid
    assert result.figure is None
    assert result.findings == (
        f"session {pid} (hidden) at legacy has been writing for an unknown time",
    )


def test_a_reader_that_stands_still_is_a_lag(context: ProbeContext) -> None:
    with context.new.transaction(force_rollback=True):
        context.new.execute("LOCK TABLE payshift.marker_legacy IN SHARE MODE")
        said_no(Lag().run(context), "aws is 0 s or more behind")
    calm = replace(context, patience=replace(IMPATIENT, waiting=10))
    assert Lag().run(calm).passed


def test_a_way_back_that_stands_still_is_no_way_back(context: ProbeContext) -> None:
    with context.old.transaction(force_rollback=True):
        context.old.execute("LOCK TABLE payshift.probe_aws IN SHARE MODE")
        said_no(WayBack().run(context), "a probe from aws to legacy did not arrive: no way back")
