"""The slot that rests is moved on between handovers, and never past a row that somebody needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise

import psycopg
import pytest
from psycopg.pq import ExecStatus, PGconn

from app.migration import resting
from app.migration.connection import connect
from app.migration.deadline import Deadline
from app.migration.fence import accept_again, fence, read_writer
from app.migration.handover import Handover
from app.migration.markers import leave
from app.migration.replication import catalog
from app.migration.replication.base import Replication
from app.migration.replication.direction import Direction
from app.migration.replication.dms import DmsReplication
from app.migration.replication.dms_tasks import DmsTasks
from app.migration.replication.logical import LogicalReplication
from app.migration.resting import Rest, move_resting_slot
from app.migration.sites import Databases, Site
from tests.migration.dms_player import OWN_SLOT
from tests.migration.support import accepting, drain, next_run_id, pay, payments

pytestmark = pytest.mark.slow

MEGABYTE = 2**20
MUCH = 24


class Untouched:
    """DMS's API: moving a slot on asks for nothing there."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"DMS was asked for {name}")


# The slots of both carriers have the same names here; DMS's own one is tried with the function.
CARRIERS: Mapping[str, Replication] = {
    "logical": LogicalReplication(),
    "dms": DmsReplication(tasks=DmsTasks(client=Untouched(), prefix="none")),  # type: ignore[arg-type]  # has no operation on purpose
}
carried = pytest.mark.parametrize("carrier", sorted(CARRIERS))


@pytest.fixture(autouse=True)
def at_legacy(databases: Databases) -> Databases:
    assert accepting(databases) == [Site.LEGACY]
    return databases


def move(databases: Databases, carrier: str = "logical") -> Rest:
    return move_resting_slot(databases=databases, replication=CARRIERS[carrier])


def hand_over(databases: Databases, *, to: Site) -> None:
    Handover(databases=databases, replication=LogicalReplication()).run(
        to=to, run_id=next_run_id(), deadline_seconds=30
    )


def leave_unturned(databases: Databases, *, to: Site) -> None:
    Handover(databases=databases, replication=LogicalReplication(), turn_later=True).run(
        to=to, run_id=next_run_id(), deadline_seconds=30
    )


def fill_log(connection: psycopg.Connection, *, megabytes: int = MUCH) -> None:
    """Write into the log, and let the server note there which transactions are under way."""
    for _ in range(megabytes):
        connection.execute(
            "SELECT pg_logical_emit_message(false, 'test', repeat('x', %s))", (MEGABYTE,)
        )
    connection.execute("CHECKPOINT")


def retained(connection: psycopg.Connection, source: Site) -> int:
    """Return the bytes of log that the slot of the direction away from `source` keeps."""
    row = connection.execute(
        "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), restart_lsn)::bigint "
        "FROM pg_replication_slots WHERE slot_name = %s",
        (Direction(source).data,),
    ).fetchone()
    assert row is not None
    return int(row[0])


def rename(connection: psycopg.Connection, old: str, new: str) -> None:
    """Give a slot that nobody reads another name."""
    connection.execute("SELECT pg_copy_logical_replication_slot(%s, %s)", (old, new))
    connection.execute("SELECT pg_drop_replication_slot(%s)", (old,))


def position(connection: psycopg.Connection, name: str) -> str:
    """Return the place from which the slot would stream."""
    row = connection.execute(
        "SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE slot_name = %s", (name,)
    ).fetchone()
    assert row is not None
    return str(row[0])


def confirmed(databases: Databases, source: Site) -> str:
    """Return the place from which the slot away from `source` would stream."""
    with connect(databases[source], application_name="test") as connection:
        return position(connection, Direction(source).data)


@contextmanager
def unread(databases: Databases, source: Site) -> Iterator[None]:
    """Stop the reader of what flows away from `source` meanwhile."""
    direction = Direction(source)
    with (
        connect(databases[direction.source], application_name="test") as here,
        connect(databases[direction.target], application_name="test") as there,
    ):
        catalog.disable(there, name=direction.data)
        leave(here, table=direction.marker_table)
        catalog.wait_for_slot(
            here, name=direction.data, active=False, deadline=Deadline(seconds=30)
        )
        try:
            yield
        finally:
            catalog.enable(there, name=direction.data)


@contextmanager
def reading(databases: Databases, source: Site) -> Iterator[None]:
    """Read from the slot away from `source` meanwhile, and confirm nothing of it."""
    name = Direction(source).data
    reader = PGconn.connect(databases[source].conninfo(replication="database").encode())
    options = f"proto_version '1', publication_names '{name}'"
    begin = f"START_REPLICATION SLOT {name} LOGICAL 0/0 ({options})"
    try:
        assert reader.exec_(begin.encode()).status == ExecStatus.COPY_BOTH
        yield
    finally:
        reader.finish()


@carried
@pytest.mark.parametrize("rests_at", list(Site))
def test_a_slot_that_rests_lets_go_of_its_sites_log(
    databases: Databases, carrier: str, rests_at: Site
) -> None:
    if rests_at is Site.LEGACY:
        hand_over(databases, to=Site.AWS)
    with connect(databases[rests_at], application_name="test") as resting_site:
        fill_log(resting_site)
        assert retained(resting_site, rests_at) > MUCH * MEGABYTE
        assert move(databases, carrier) == Rest(moved_at=rests_at)
        # fact: PostgreSQL lets go of log one call later than it confirms it
        fill_log(resting_site, megabytes=1)
        assert move(databases, carrier) == Rest(moved_at=rests_at)
        assert retained(resting_site, rests_at) < 4 * MEGABYTE


@carried
def test_the_way_back_carries_every_row_and_no_other_after_its_slot_was_moved(
    databases: Databases, legacy: psycopg.Connection, aws: psycopg.Connection, carrier: str
) -> None:
    theirs = pay(legacy)
    drain(databases)
    fill_log(aws, megabytes=1)
    assert move(databases, carrier).moved_at is Site.AWS
    late = pay(legacy)
    hand_over(databases, to=Site.AWS)
    touched = "SELECT id, xmin::text FROM payments.payment WHERE id = ANY(%s) ORDER BY 1"
    before = legacy.execute(touched, ([theirs, late],)).fetchall()
    ours = pay(aws)
    drain(databases)
    assert ours in payments(databases, Site.LEGACY)
    # fact: no row of legacy's own came back and was written again
    assert legacy.execute(touched, ([theirs, late],)).fetchall() == before


@carried
def test_rows_that_the_other_site_has_not_applied_yet_are_kept(
    databases: Databases, legacy: psycopg.Connection, aws: psycopg.Connection, carrier: str
) -> None:
    with unread(databases, Site.LEGACY):
        place = confirmed(databases, Site.LEGACY)
        waiting = [pay(legacy) for _ in range(3)]
        fill_log(aws, megabytes=1)
        # fact: only the slot of the site that does not write is moved
        assert move(databases, carrier) == Rest(moved_at=Site.AWS)
        assert confirmed(databases, Site.LEGACY) == place
    drain(databases)
    assert set(waiting) <= payments(databases, Site.AWS).keys()


@carried
def test_a_slot_that_somebody_reads_is_left_alone(
    databases: Databases, aws: psycopg.Connection, carrier: str
) -> None:
    with reading(databases, Site.AWS):
        fill_log(aws, megabytes=1)
        place = confirmed(databases, Site.AWS)
        reason = "No slot that rests at aws is behind the end of its log."
        assert move(databases, carrier) == Rest(reason=reason)
        assert confirmed(databases, Site.AWS) == place
    catalog.wait_for_slot(
        aws, name=Direction(Site.AWS).data, active=False, deadline=Deadline(seconds=30)
    )
    assert move(databases, carrier) == Rest(moved_at=Site.AWS)


@pytest.mark.parametrize("to", [Site.AWS, Site.LEGACY])
def test_nothing_is_moved_at_any_step_of_a_handover(databases: Databases, to: Site) -> None:
    if to is Site.LEGACY:
        hand_over(databases, to=Site.AWS)
    told: dict[str, str] = {}

    def observe(step: str) -> None:
        told[step] = move(databases).reason

    handover = Handover(databases=databases, replication=LogicalReplication(), observer=observe)
    handover.run(to=to, run_id=next_run_id(), deadline_seconds=30)
    steps = ["started", "preflight", "fenced", "drained", "unfenced", "published", "turned"]
    assert list(told) == steps
    for reason in told.values():
        assert reason.startswith("Another handover is going on")


def test_nothing_is_moved_while_nobody_writes(
    databases: Databases, legacy: psycopg.Connection, aws: psycopg.Connection
) -> None:
    epoch, run_id = read_writer(legacy).epoch, next_run_id()
    marker = leave(legacy, table=Direction(Site.LEGACY).marker_table)
    legacy.execute("DELETE FROM payshift.marker_legacy WHERE id = %s", (marker,))
    assert fence(legacy, run_id=run_id, epoch=epoch, marker=marker, detail={}, patience_seconds=1)
    try:
        fill_log(aws, megabytes=1)
        place = confirmed(databases, Site.AWS)
        reason = "A handover away from legacy stopped half way."
        assert move(databases) == Rest(reason=reason)
        assert confirmed(databases, Site.AWS) == place
    finally:
        assert accept_again(legacy, run_id=run_id, epoch=epoch, detail={})


@pytest.mark.parametrize("to", [Site.AWS, Site.LEGACY])
def test_rows_of_a_new_writer_wait_until_somebody_turns_the_replication(
    databases: Databases, to: Site
) -> None:
    if to is Site.LEGACY:
        hand_over(databases, to=Site.AWS)
    leave_unturned(databases, to=to)
    with connect(databases[to], application_name="test") as writer:
        ours = pay(writer)
        fill_log(writer, megabytes=1)
    assert move(databases) == Rest(reason=f"The handover to {to} is not finished.")
    Handover(databases=databases, replication=LogicalReplication()).finish(deadline_seconds=30)
    drain(databases)
    assert ours in payments(databases, to.other)


def test_the_slot_of_a_site_that_writes_does_not_move_whoever_asks(
    databases: Databases, aws: psycopg.Connection
) -> None:
    leave_unturned(databases, to=Site.AWS)
    ours = pay(aws)
    assert not catalog.advance_if_resting(aws, name=Direction(Site.AWS).data)
    hand_over(databases, to=Site.AWS)
    drain(databases)
    assert ours in payments(databases, Site.LEGACY)


@carried
def test_a_slot_that_is_far_behind_moves_by_one_stretch_a_call(
    databases: Databases, aws: psycopg.Connection, carrier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resting, "STEP_BYTES", 8 * MEGABYTE)
    while move(databases, carrier).moved_at:
        pass
    fill_log(aws)
    places = [confirmed(databases, Site.AWS)]
    while move(databases, carrier).moved_at:
        places.append(confirmed(databases, Site.AWS))
    distances = [
        aws.execute("SELECT pg_wal_lsn_diff(%s, %s)::bigint", (after, before)).fetchone()
        for before, after in pairwise(places)
    ]
    assert len(distances) == 1 + MUCH // 8
    assert all(one is not None and 0 < one[0] <= 8 * MEGABYTE for one in distances)


def test_the_slot_that_dms_made_for_its_load_moves_on_while_it_rests(
    databases: Databases, legacy: psycopg.Connection
) -> None:
    hand_over(databases, to=Site.AWS)
    ours = Direction(Site.LEGACY).data
    rename(legacy, ours, OWN_SLOT)
    try:
        fill_log(legacy, megabytes=1)
        assert move(databases, "dms") == Rest(moved_at=Site.LEGACY)
    finally:
        rename(legacy, OWN_SLOT, ours)


def test_at_aws_a_slot_that_is_not_the_engines_is_never_taken_for_it(
    databases: Databases, aws: psycopg.Connection
) -> None:
    ours = Direction(Site.AWS).data
    rename(aws, ours, "payshift_kept")
    aws.execute("SELECT pg_create_logical_replication_slot('analytics', 'pgoutput')")
    try:
        place = position(aws, "analytics")
        fill_log(aws, megabytes=1)
        assert move(databases, "dms").moved_at is None
        assert position(aws, "analytics") == place
    finally:
        aws.execute("SELECT pg_drop_replication_slot('analytics')")
        rename(aws, "payshift_kept", ours)


def test_a_database_that_is_away_is_a_reason_and_no_failure(databases: Databases) -> None:
    away = databases[Site.LEGACY].model_copy(update={"port": 1})
    rest = move({**databases, Site.LEGACY: away})
    assert rest.moved_at is None
    assert "cannot be reached" in rest.reason


def test_databases_that_nobody_has_prepared_are_a_reason_too(databases: Databases) -> None:
    bare = {site: one.model_copy(update={"dbname": "postgres"}) for site, one in databases.items()}
    assert move(bare) == Rest(reason="The databases are not prepared yet.")
