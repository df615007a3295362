"""Handovers through DMS: tasks moved through the API, their rows carried by logical replication."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from psycopg import sql

from app.errors import HandoverInterrupted, HandoverRefused
from app.local.cloud.settings import CloudSettings
from app.migration.connection import connect
from app.migration.handover import Handover
from app.migration.replication import catalog
from app.migration.replication import dms as carrier
from app.migration.replication.direction import Direction
from app.migration.replication.dms import DmsReplication
from app.migration.replication.dms_tasks import DmsTasks
from app.migration.sites import Databases, Site
from app.migration.verify.parity import compare_parity
from tests.local.processes import running
from tests.migration.dms_player import mappings
from tests.migration.support import Pair, Payers, accepting, drain, next_run_id, pay, payments

pytestmark = pytest.mark.slow

PREFIX = "payshift-test"
STREAMS = ("forward", "reverse", "forward-probe", "reverse-probe")


class Carried:
    """boto3's client; what it starts and stops is carried out by the pair's subscriptions.

    They know nothing of positions: like a DMS task that goes on, they ask for whatever they
    remember, and only the slot decides what they get.
    """

    def __init__(self, client: Any, databases: Databases) -> None:
        self._client, self._databases = client, databases
        self.calls: list[tuple[str, str]] = []
        self.before_start: Callable[[], None] = lambda: None
        self.carries = True

    def describe_replication_tasks(self, **request: Any) -> Mapping[str, Any]:
        """Return the tasks; this moto knows no WithoutSettings."""
        request.pop("WithoutSettings", None)
        answer: Mapping[str, Any] = self._client.describe_replication_tasks(**request)
        return answer

    def start_replication_task(self, **request: Any) -> Mapping[str, Any]:
        """Start a task and its subscription; DMS takes no start before the place of the slot."""
        stream = request["ReplicationTaskArn"].rpartition("test-")[2]
        self.calls.append((request["StartReplicationTaskType"], stream))
        if "CdcStartPosition" in request:
            direction = Direction(Site.AWS)
            with connect(self._databases[direction.source], application_name="dms") as source:
                place = catalog.place_of(source, name=direction.data)
                refused = f"SELECT %s::pg_lsn < '{place}'::pg_lsn"
                start = (request["CdcStartPosition"],)
                assert source.execute(refused.encode(), start).fetchone() == (False,)
        self.before_start()
        if self.carries:
            self.switch(stream, "ENABLE")
        answer: Mapping[str, Any] = self._client.start_replication_task(**request)
        return answer

    def stop_replication_task(self, **request: Any) -> Mapping[str, Any]:
        """Stop a task and its subscription."""
        stream = request["ReplicationTaskArn"].rpartition("test-")[2]
        self.calls.append(("stop", stream))
        self.switch(stream, "DISABLE")
        answer: Mapping[str, Any] = self._client.stop_replication_task(**request)
        return answer

    def switch(self, stream: str, verb: str) -> None:
        """Enable or disable a stream's subscription."""
        direction = Direction(Site.LEGACY if stream == "forward" else Site.AWS)
        with connect(self._databases[direction.target], application_name="dms") as target:
            target.execute(
                sql.SQL("ALTER SUBSCRIPTION {} {}").format(
                    sql.Identifier(direction.data), sql.SQL(verb)
                )
            )


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The local AWS API with the four tasks."""
    directory: Path = tmp_path_factory.mktemp("dms")
    with running("app.local.cloud", settings=CloudSettings(), directory=directory) as cloud:
        client = boto3.client(
            "dms",
            endpoint_url=cloud.said["endpoint"],
            region_name="us-east-2",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        for stream in STREAMS:
            client.create_replication_task(
                ReplicationTaskIdentifier=f"{PREFIX}-{stream}",
                ResourceIdentifier=f"test-{stream}",
                SourceEndpointArn="arn:aws:dms:us-east-2:123456789012:endpoint:source",
                TargetEndpointArn="arn:aws:dms:us-east-2:123456789012:endpoint:target",
                ReplicationInstanceArn="arn:aws:dms:us-east-2:123456789012:rep:one",
                MigrationType="full-load-and-cdc" if stream == "forward" else "cdc",
                TableMappings=mappings(stream),
            )
            if stream != "reverse":
                client.start_replication_task(
                    ReplicationTaskArn=f"arn:aws:dms:us-east-2:123456789012:task:test-{stream}",
                    StartReplicationTaskType="start-replication",
                )
        yield client


@pytest.fixture
def dms(api: Any, databases: Databases) -> Iterator[Carried]:
    """The tasks as they stand while legacy writes, before and after the test."""
    carried = Carried(api, databases)
    yield carried
    if accepting(databases) != [Site.LEGACY]:
        hand_over(databases, carried, to=Site.LEGACY)


def replication(carried: Carried) -> DmsReplication:
    return DmsReplication(tasks=DmsTasks(client=carried, prefix=PREFIX, poll_seconds=0.05))


def hand_over(databases: Databases, carried: Carried, *, to: Site) -> None:
    """Hand over, with a payment after the slot was moved last and before writes are stopped."""

    def pay_late(step: str) -> None:
        if step == "preflight":
            with connect(databases[to.other], application_name="test") as old:
                pay(old)

    result = Handover(databases=databases, replication=replication(carried), observer=pay_late).run(
        to=to, run_id=next_run_id(), deadline_seconds=60
    )
    assert (result.changed, accepting(databases)) == (True, [to])


def start_again(databases: Databases, carried: Carried) -> None:
    """Ask for the site that writes already, which finishes what a handover has left."""
    Handover(databases=databases, replication=replication(carried)).run(
        to=Site.AWS, run_id=next_run_id(), deadline_seconds=30
    )


def test_payments_go_on_through_dms_in_both_directions_without_loss_or_loop(
    pair: Pair, databases: Databases, dms: Carried
) -> None:
    payers = Payers(pair.applications)
    with payers.paying(threads=2):
        for to in (Site.AWS, Site.LEGACY, Site.AWS, Site.LEGACY):
            payers.wait_for(10)
            hand_over(databases, dms, to=to)
            payers.wait_for(10)
    drain(databases)
    assert payers.errors == []
    assert payers.acknowledged.items() <= payments(databases, Site.LEGACY).items()
    assert payments(databases, Site.LEGACY) == payments(databases, Site.AWS)
    assert compare_parity(databases).equal
    # facts: what flows towards the writer stops before what flows away starts; a task that has
    # loaded goes on, one of changes only starts at a place
    there = [("stop", "forward"), ("start-replication", "reverse")]
    back = [("stop", "reverse"), ("resume-processing", "forward")]
    assert dms.calls == [*there, *back, *there, *back]


def test_nothing_that_came_from_the_other_site_can_leave_through_the_slot(
    databases: Databases, dms: Carried
) -> None:
    with connect(databases[Site.LEGACY], application_name="test") as legacy:
        theirs = [pay(legacy) for _ in range(3)]
    hand_over(databases, dms, to=Site.AWS)
    with connect(databases[Site.AWS], application_name="test") as aws:
        slot = aws.execute(
            "SELECT confirmed_flush_lsn >= position FROM pg_replication_slots, payshift.writer "
            "WHERE slot_name = 'payshift_reverse'"
        ).fetchone()
        # fact: PostgreSQL streams nothing before this place, whatever a reader asks for
        assert slot == (True,)
        assert aws.execute(
            "SELECT count(*) FROM payments.payment WHERE id = ANY(%s)", (theirs,)
        ).fetchone() == (3,)
    with connect(databases[Site.LEGACY], application_name="test") as legacy:
        before = touched(legacy)
        with connect(databases[Site.AWS], application_name="test") as aws:
            ours = pay(aws)
        drain(databases)
        # fact: one payment came, and no row of legacy's own was touched again
        assert [row for row in touched(legacy) if row not in before] == [
            row for row in touched(legacy) if row[0] == ours
        ]


def touched(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
    """Return every payment with the transaction that last wrote it."""
    return connection.execute("SELECT id, xmin::text FROM payments.payment ORDER BY 1").fetchall()


def test_a_task_that_does_not_run_stops_a_handover(
    api: Any, databases: Databases, dms: Carried
) -> None:
    arn = "arn:aws:dms:us-east-2:123456789012:task:test-reverse-probe"
    api.stop_replication_task(ReplicationTaskArn=arn)
    try:
        with pytest.raises(HandoverRefused, match="DMS task reverse-probe is stopped"):
            hand_over(databases, dms, to=Site.AWS)
    finally:
        api.start_replication_task(
            ReplicationTaskArn=arn, StartReplicationTaskType="resume-processing"
        )
    assert accepting(databases) == [Site.LEGACY]


def test_a_table_that_no_task_carries_stops_a_handover(databases: Databases, dms: Carried) -> None:
    sites = [connect(databases[site], application_name="test") for site in Site]
    try:
        for site in sites:
            site.execute("CREATE TABLE payments.chargeback (id bigint PRIMARY KEY)")
        with pytest.raises(HandoverRefused) as refusal:
            hand_over(databases, dms, to=Site.AWS)
    finally:
        for site in sites:
            site.execute("DROP TABLE payments.chargeback")
            site.close()
    for stream, source in (("forward", "legacy"), ("reverse", "aws")):
        assert (
            f"DMS task {stream} does not carry payments.chargeback from {source}"
        ) in refusal.value.message
    assert (accepting(databases), dms.calls) == ([Site.LEGACY], [])


def test_turning_again_changes_nothing(databases: Databases, dms: Carried) -> None:
    hand_over(databases, dms, to=Site.AWS)
    calls = list(dms.calls)
    start_again(databases, dms)
    assert dms.calls == calls


def test_a_task_that_stopped_within_its_epoch_is_resumed(
    databases: Databases, dms: Carried
) -> None:
    hand_over(databases, dms, to=Site.AWS)
    with connect(databases[Site.AWS], application_name="test") as aws:
        for _ in range(5):
            pay(aws)
        drain(databases)
        dms.stop_replication_task(
            ReplicationTaskArn="arn:aws:dms:us-east-2:123456789012:task:test-reverse"
        )
        pay(aws)
    start_again(databases, dms)
    # fact: to start it at the unfence again would send these payments twice
    assert dms.calls[-1] == ("resume-processing", "reverse")
    drain(databases)
    assert payments(databases, Site.LEGACY) == payments(databases, Site.AWS)


def test_a_crash_just_after_the_turn_sends_nothing_back(
    pair: Pair, databases: Databases, dms: Carried
) -> None:
    hand_over(databases, dms, to=Site.AWS)
    crash(pair, Site.AWS)
    with connect(databases[Site.AWS], application_name="test") as aws:
        pay(aws)
    drain(databases)
    hand_over(databases, dms, to=Site.LEGACY)
    drain(databases)
    assert compare_parity(databases).equal


def test_a_turn_is_not_over_before_a_row_of_it_has_arrived(
    databases: Databases, dms: Carried, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "DMS_TURN_SECONDS", 2.0)
    dms.carries = False
    with pytest.raises(HandoverInterrupted, match="DMS task reverse has brought no row to legacy"):
        hand_over(databases, dms, to=Site.AWS)
    dms.switch("reverse", "ENABLE")
    start_again(databases, dms)
    dms.carries = True
    drain(databases)
    assert payments(databases, Site.LEGACY) == payments(databases, Site.AWS)


def test_a_crash_within_the_turn_is_made_good_by_the_next_run(
    pair: Pair, databases: Databases, dms: Carried, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "DMS_TURN_SECONDS", 5.0)
    put_back: list[bool] = []

    def crash_and_look() -> None:
        crash(pair, Site.AWS)
        with connect(databases[Site.AWS], application_name="test") as aws:
            put_back.append(
                aws.execute(
                    "SELECT confirmed_flush_lsn < position FROM pg_replication_slots, "
                    "payshift.writer WHERE slot_name = 'payshift_reverse'"
                ).fetchone()
                == (True,)
            )

    dms.before_start = crash_and_look
    with pytest.raises(HandoverInterrupted):
        hand_over(databases, dms, to=Site.AWS)
    dms.before_start = lambda: None
    calls = list(dms.calls)
    start_again(databases, dms)
    # facts: a slot that stands before payments of legacy's own is moved while nobody reads it; one
    # that PostgreSQL had written to disk meanwhile stands right already
    again = [("stop", "reverse"), ("start-replication", "reverse")] if put_back == [True] else []
    assert dms.calls[len(calls) :] == again
    drain(databases)
    assert payments(databases, Site.LEGACY) == payments(databases, Site.AWS)


def crash(pair: Pair, site: Site) -> None:
    pair.clusters[site].kill()
    pair.clusters[site].start()


def test_a_missing_slot_is_told_before_anything_is_moved(
    databases: Databases, dms: Carried
) -> None:
    with connect(databases[Site.AWS], application_name="test") as aws:
        slot = catalog.read_slot(aws, name="payshift_reverse")
        assert slot is not None
        aws.execute("SELECT pg_copy_logical_replication_slot('payshift_reverse', 'payshift_kept')")
        aws.execute("SELECT pg_drop_replication_slot('payshift_reverse')")
        try:
            with pytest.raises(HandoverRefused, match="slot of DMS task reverse is missing at aws"):
                hand_over(databases, dms, to=Site.AWS)
        finally:
            aws.execute(
                "SELECT pg_copy_logical_replication_slot('payshift_kept', 'payshift_reverse')"
            )
            aws.execute("SELECT pg_drop_replication_slot('payshift_kept')")
