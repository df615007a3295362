"""The first start of DMS's tasks, whose rows real subscriptions carry between real databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import psycopg
import pytest
from moto.dms.models import FakeConnection
from moto.server import ThreadedMotoServer

from app.config.loading import load_environment
from app.errors import FirstLoadRefused, HandoverRefused
from app.local.postgres import roles
from app.migration.connection import connect
from app.migration.handover import Handover
from app.migration.postponed import make_up
from app.migration.replication import catalog
from app.migration.replication.dms import DmsReplication
from app.migration.replication.dms_connections import DmsConnections
from app.migration.replication.dms_first_start import FirstStart
from app.migration.replication.dms_stage import DmsStanding, Stage
from app.migration.replication.dms_tasks import DmsTasks
from app.migration.sites import Databases, Site
from app.migration.verify.parity import compare_parity
from app.pipeline.handover.carrier import carrier
from app.pipeline.replication.first_start import first_start as first_start_command
from app.pipeline.replication.standing import carrier_standing
from app.pipeline.target import Target
from tests.clusters import placed, two_sites
from tests.lambdas.conftest import keep_secret
from tests.migration.dms_player import STREAMS, Player, publish
from tests.migration.support import Pair, Payers, accepting, drain, next_run_id, pay, payments

pytestmark = pytest.mark.slow

PREFIX = "payshift-local"
REPLICATION = roles.REPLICATION


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two prepared databases between which nothing is carried."""
    with (
        placed(tmp_path_factory.mktemp("bare")) as place,
        two_sites(place, replicators=(REPLICATION,), replicating=False) as clusters,
    ):
        yield Pair(clusters=clusters)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    found = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    found.start()
    host, port = found.get_host_and_port()
    yield f"http://{host}:{port}"
    found.stop()


@pytest.fixture
def databases(bare: Pair) -> Databases:
    """Ten payments at legacy, which has written since the first epoch; nothing at aws."""
    # The readers first, of both sites: one that is left takes its slot again.
    for site in Site:
        with connect(bare.databases[site], application_name="test") as connection:
            without_subscriptions(connection)
    for site in Site:
        with connect(bare.databases[site], application_name="test") as connection:
            as_at_first(connection, site)
    with connect(bare.databases[Site.LEGACY], application_name="test") as legacy:
        for _ in range(10):
            pay(legacy)
    return bare.databases


@pytest.fixture
def player(databases: Databases, server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Player]:
    """The four tasks, made and never started."""
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-2",
    }.items():
        monkeypatch.setenv(name, value)
    found = Player(databases, PREFIX)
    found.attach(monkeypatch)
    found.make_tasks()
    publish(databases)
    yield found
    found.remove_tasks()


def without_subscriptions(connection: psycopg.Connection) -> None:
    """Drop them and leave their slots, which belong to the other site."""
    for (name,) in connection.execute("SELECT subname FROM pg_subscription").fetchall():
        for end in ("DISABLE", "SET (slot_name = NONE)"):
            connection.execute(f"ALTER SUBSCRIPTION {name} {end}".encode())
        connection.execute(f"DROP SUBSCRIPTION {name}".encode())


def as_at_first(connection: psycopg.Connection, site: Site) -> None:
    """Forget everything that a test has carried or moved."""
    for (name,) in connection.execute("SELECT pubname FROM pg_publication").fetchall():
        connection.execute(f"DROP PUBLICATION {name}".encode())
    connection.execute(
        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active"
    )
    while connection.execute("SELECT FROM pg_replication_slots WHERE active").fetchone():
        pass
    connection.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            "TRUNCATE payments.ledger_entry, payments.refund, payments.payment, payshift.journal, "
            "payshift.marker_legacy, payshift.marker_aws, payshift.probe_legacy, "
            "payshift.probe_aws"
        )
    make_up(connection)
    connection.execute(
        "UPDATE payshift.writer SET writer = 'legacy', epoch = 1, position = NULL, accepting = %s",
        (site is Site.LEGACY,),
    )
    connection.execute(f"ALTER ROLE {REPLICATION} SUPERUSER".encode())


def tasks() -> DmsTasks:
    return DmsTasks(client=boto3.client("dms"), prefix=PREFIX, poll_seconds=0.02)


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


class Told:
    """What was told, until the line at which somebody interrupts."""

    def __init__(self, *, until: str | None = None) -> None:
        self.lines: list[str] = []
        self._until = until

    def __call__(self, line: str) -> None:
        """Take a line."""
        self.lines.append(line)
        if self._until is not None and self._until in line:
            raise Interrupted


def first_start(databases: Databases, told: Told | None = None) -> FirstStart:
    return FirstStart(
        databases=databases,
        tasks=tasks(),
        connections=DmsConnections(client=boto3.client("dms"), poll_seconds=0.02),
        # What a subscription can read; test_decoding is for DMS.
        plugin="pgoutput",
        progress=told or Told(),
        look_seconds=0.05,
    )


def hand_over(databases: Databases, *, to: Site) -> None:
    Handover(databases=databases, replication=DmsReplication(tasks=tasks())).run(
        to=to, run_id=next_run_id(), deadline_seconds=60
    )
    assert accepting(databases) == [to]


def postponed(databases: Databases) -> int:
    with connect(databases[Site.AWS], application_name="test") as aws:
        row = aws.execute("SELECT count(*) FROM payshift.postponed").fetchone()
    assert row is not None
    return int(row[0])


def test_the_target_is_loaded_under_write_load_and_the_writer_can_move_there_and_back(
    bare: Pair, databases: Databases, player: Player
) -> None:
    payers, told = Payers(bare.applications), Told()
    with payers.paying(threads=2):
        payers.wait_for(5)
        standing = first_start(databases, told).run()
        payers.wait_for(5)
        for to in (Site.AWS, Site.LEGACY):
            hand_over(databases, to=to)
            payers.wait_for(5)
    drain(databases)
    assert standing.stage is Stage.FOLLOWING
    assert standing.faults == ()
    assert payers.errors == []
    assert payments(databases, Site.LEGACY) == payments(databases, Site.AWS)
    assert compare_parity(databases).equal
    # facts: DMS itself stopped after the load, nobody else did; the reverse task was not started
    # before the first handover
    assert player.calls[:4] == [
        ("start-replication", "forward"),
        ("start-replication", "forward-probe"),
        ("start-replication", "reverse-probe"),
        ("resume-processing", "forward"),
    ]
    assert player.calls[4:] == [
        ("stop", "forward"),
        ("start-replication", "reverse"),
        ("stop", "reverse"),
        ("resume-processing", "forward"),
    ]
    assert postponed(databases) == 0


def test_the_command_takes_logins_plugin_and_sizes_from_the_environment(
    databases: Databases, player: Player, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert player
    monkeypatch.setenv("PAYSHIFT_TRUST_BUNDLE", str(databases[Site.AWS].sslrootcert))
    for site, login in databases.items():
        keep_secret(f"payshift/local/{site}/migration", login)
    local = load_environment("local")
    by_dms = local.replication.model_copy(update={"carrier": "dms", "plugin": "pgoutput"})
    target = Target(local.model_copy(update={"replication": by_dms}), tmp_path)
    told = Told()
    assert first_start_command(target, reload=False, wait=True, progress=told).faults == ()
    assert carrier_standing(target.environment).as_record()["stage"] == "following"
    assert isinstance(carrier(target.environment), DmsReplication)


@pytest.mark.parametrize("site", list(Site))
def test_slots_are_made_once_and_decode_as_dms_reads(databases: Databases, site: Site) -> None:
    with connect(databases[site], application_name="test") as connection:
        made, again = (
            catalog.make_slot(connection, name="payshift_made", plugin="test_decoding")
            for _ in range(2)
        )
        found = connection.execute(
            "SELECT slot_name, plugin, confirmed_flush_lsn::text FROM pg_replication_slots"
        ).fetchall()
    assert found == [("payshift_made", "test_decoding", made)]
    assert made == again


def test_indexes_wait_for_the_load_and_slots_for_the_indexes(
    databases: Databases, player: Player
) -> None:
    assert player
    with pytest.raises(Interrupted):
        first_start(databases, Told(until="making 9 indexes")).run()
    # facts: none of these is there while rows are copied: they would keep the log of the load
    for site in Site:
        with connect(databases[site], application_name="test") as connection:
            found = connection.execute(
                "SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE 'payshift%'"
            ).fetchall()
            assert found == []
    assert postponed(databases) == 9
    first_start(databases).run()
    with connect(databases[Site.AWS], application_name="test") as aws:
        names = aws.execute("SELECT slot_name FROM pg_replication_slots ORDER BY 1").fetchall()
    assert names == [("payshift_probe_reverse",), ("payshift_reverse",)]


def test_a_start_that_is_interrupted_anywhere_goes_on_where_it_stopped(
    databases: Databases, player: Player
) -> None:
    for line in (
        "not started", "looking at both", "letting DMS try", "starting the load", "making 9",
        "gathering", "arming", "starting to follow", "a row from legacy", "a row from aws",
    ):  # fmt: skip
        with pytest.raises(Interrupted):
            first_start(databases, Told(until=line)).run()
    standing = first_start(databases).run()
    assert (standing.stage, standing.faults) == (Stage.FOLLOWING, ())
    assert postponed(databases) == 0
    assert compare_parity(databases).equal
    # facts: however often it is run, the target is loaded once and each probe started once
    assert player.calls == [
        ("start-replication", "forward"),
        ("start-replication", "forward-probe"),
        ("start-replication", "reverse-probe"),
        ("resume-processing", "forward"),
    ]


def test_running_it_again_changes_nothing(databases: Databases, player: Player) -> None:
    first_start(databases).run()
    calls = list(player.calls)
    assert first_start(databases).run().stage is Stage.FOLLOWING
    assert player.calls == calls


def test_whoever_does_not_wait_gets_back_while_dms_loads(
    databases: Databases, player: Player
) -> None:
    standing = first_start(databases).run(wait=False)
    assert standing.stage in {Stage.LOADING, Stage.LOADED}
    assert player.calls == [("start-replication", "forward")]
    assert "payshift replication start" in standing.next_step


def test_a_load_that_broke_is_told_and_begun_anew_only_when_that_is_said(
    databases: Databases, player: Player
) -> None:
    player.breaks = True
    with pytest.raises(FirstLoadRefused, match=r"broke its load off at .*FATAL_ERROR"):
        first_start(databases).run()
    with pytest.raises(FirstLoadRefused, match="broke its load off") as refusal:
        first_start(databases).run()
    assert "--reload" in refusal.value.remedy
    assert first_start(databases).run(reload=True).stage is Stage.FOLLOWING
    assert compare_parity(databases).equal
    assert ("reload-target", "forward") in player.calls


def refused(databases: Databases, player: Player, *, reason: str) -> None:
    with pytest.raises(FirstLoadRefused, match=reason):
        first_start(databases).run()
    assert player.calls == []
    assert postponed(databases) == 0


def test_a_target_that_holds_rows_is_not_loaded_over(databases: Databases, player: Player) -> None:
    with connect(databases[Site.AWS], application_name="test") as aws, aws.transaction():
        aws.execute("SET LOCAL session_replication_role = replica")
        pay(aws)
    reason = "aws holds rows already, in payments.ledger_entry, payments.payment"
    refused(databases, player, reason=reason)


def test_every_fault_of_the_databases_is_named_before_anything_is_started(
    databases: Databases, player: Player
) -> None:
    with connect(databases[Site.LEGACY], application_name="test") as legacy:
        legacy.execute(f"ALTER ROLE {REPLICATION} NOSUPERUSER".encode())
        legacy.execute("CREATE INDEX only_here ON payments.payment (merchant_id)")
        try:
            refused(
                databases,
                player,
                reason=r"index payments\.only_here: legacy .*, aws has none; "
                f"{REPLICATION} at legacy may not set "
                "session_replication_role",
            )
        finally:
            legacy.execute("DROP INDEX payments.only_here")


def test_a_login_that_may_not_write_is_named(databases: Databases, player: Player) -> None:
    with connect(databases[Site.AWS], application_name="test") as aws:
        aws.execute(f"ALTER ROLE {REPLICATION} NOSUPERUSER".encode())
        aws.execute(f"REVOKE pg_write_all_data FROM {REPLICATION}".encode())
        try:
            refused(
                databases,
                player,
                reason=f"{REPLICATION} at aws may not read and write payments.ledger_entry, "
                "payments.payment, payments.refund",
            )
        finally:
            aws.execute(f"GRANT pg_write_all_data TO {REPLICATION}".encode())


def test_an_endpoint_that_dms_does_not_reach_is_named(
    databases: Databases, player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe = FakeConnection.to_dict

    def unreachable(connection: FakeConnection) -> dict[str, object]:
        found = describe(connection)
        if "reverse-probe-source" in found["EndpointIdentifier"]:
            return found | {"Status": "failed", "LastFailureMessage": "no pg_hba.conf entry"}
        return found

    monkeypatch.setattr(FakeConnection, "to_dict", unreachable)
    reason = r"DMS does not reach payshift-local-reverse-probe-source \(no pg_hba.conf entry\)"
    refused(databases, player, reason=reason)


def test_a_database_that_has_been_the_writer_is_never_loaded_over(
    databases: Databases, player: Player
) -> None:
    first_start(databases).run()
    hand_over(databases, to=Site.AWS)
    calls = list(player.calls)
    for reload in (False, True):
        with pytest.raises(FirstLoadRefused, match="Rows flow back from aws"):
            first_start(databases).run(reload=reload)
    hand_over(databases, to=Site.LEGACY)
    with pytest.raises(FirstLoadRefused, match="the writer has been moved before"):
        first_start(databases).run(reload=True)
    assert "reload-target" not in {how for how, _ in player.calls[len(calls) :]}
    assert payments(databases, Site.AWS) == payments(databases, Site.LEGACY)


def test_a_handover_before_the_first_start_says_what_to_do(
    databases: Databases, player: Player
) -> None:
    assert player
    with pytest.raises(HandoverRefused, match="nobody has started it yet") as refusal:
        hand_over(databases, to=Site.AWS)
    assert "payshift replication start" in str(refusal.value)


def test_tasks_that_are_not_there_are_told(databases: Databases, player: Player) -> None:
    player.remove_tasks()
    with pytest.raises(FirstLoadRefused, match="missing") as refusal:
        first_start(databases).run()
    assert "payshift deliver --foundation" in refusal.value.remedy
    assert set(DmsStanding.read(tasks()).tasks) == set(STREAMS)
