"""A handover moves the writer, loses nothing, doubles nothing, and sends nothing in circles."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from app.errors import HandoverRefused
from app.migration import journal, sequences
from app.migration.connection import connect
from app.migration.fence import read_writer
from app.migration.handover import Handover
from app.migration.handover_result import HandoverResult
from app.migration.replication.base import Pace
from app.migration.replication.logical import LogicalReplication
from app.migration.sites import Databases, Site
from app.migration.status import status
from app.migration.verify.parity import compare_parity
from tests.migration.support import Pair, Payers, accepting, drain, next_run_id, pay, payments

pytestmark = pytest.mark.slow


def hand_over(databases: Databases, *, to: Site, run_id: str | None = None) -> HandoverResult:
    handover = Handover(databases=databases, replication=LogicalReplication())
    return handover.run(to=to, run_id=run_id or next_run_id(), deadline_seconds=30)


def test_payments_go_on_through_handovers_in_both_directions_without_loss(
    pair: Pair, databases: Databases
) -> None:
    payers = Payers(pair.applications)
    with payers.paying(threads=6, pause_seconds=0.005):
        for to in (Site.AWS, Site.LEGACY, Site.AWS, Site.LEGACY):
            payers.wait_for(30)
            result = hand_over(databases, to=to)
            assert (result.changed, result.from_, result.to) == (True, to.other, to)
            assert accepting(databases) == [to]
            payers.wait_for(30)
    drain(databases)
    assert payers.errors == []
    for site in Site:
        held = payments(databases, site)
        # fact: every acknowledged payment is there with its amount; the key makes it unique
        assert {key: held.get(key) for key in payers.acknowledged} == payers.acknowledged
    assert payments(databases, Site.LEGACY) == payments(databases, Site.AWS)
    assert compare_parity(databases).equal


def test_every_handover_raises_the_epoch_and_is_in_both_journals(databases: Databases) -> None:
    before = status(databases).epoch
    result = hand_over(databases, to=Site.AWS)
    assert result.epoch == before + 1
    assert result.pause_ms >= result.fence_ms + result.drain_ms > 0
    for site in Site:
        with connect(databases[site], application_name="test") as connection:
            known = read_writer(connection)
            assert (known.writer, known.epoch) == (Site.AWS, before + 1)
            assert journal.read_handovers(connection)[-1] == result.as_record()


def test_handing_over_to_the_current_writer_changes_nothing(databases: Databases) -> None:
    before = status(databases)
    result = hand_over(databases, to=Site.LEGACY)
    assert result.changed is False
    assert status(databases).as_record() == before.as_record()


def test_a_run_id_that_was_completed_does_nothing_again(databases: Databases) -> None:
    run_id = next_run_id()
    first = hand_over(databases, to=Site.AWS, run_id=run_id)
    hand_over(databases, to=Site.LEGACY)
    again = hand_over(databases, to=Site.AWS, run_id=run_id)
    assert again.changed is False
    assert again.pause_ms == first.pause_ms
    assert accepting(databases) == [Site.LEGACY]


def test_a_run_id_older_than_the_newest_does_nothing(databases: Databases) -> None:
    older = next_run_id()
    hand_over(databases, to=Site.LEGACY)
    assert hand_over(databases, to=Site.AWS, run_id=older).changed is False
    assert accepting(databases) == [Site.LEGACY]


def test_a_long_transaction_stops_a_handover_and_the_old_writer_goes_on(
    pair: Pair, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.migration.preflight.PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr("app.migration.preflight.LONG_TRANSACTION_SECONDS", 0.0)
    with connect(pair.applications[Site.LEGACY], application_name="long") as client:
        client.execute("BEGIN")
        pay(client)
        with pytest.raises(HandoverRefused, match=r"\(long\) at legacy has been writing"):
            hand_over(databases, to=Site.AWS)
        pay(client)
        client.commit()
    assert accepting(databases) == [Site.LEGACY]


def test_writers_that_hold_on_at_the_fence_make_the_handover_give_up(
    pair: Pair, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.migration.pause.FENCE_SECONDS", 0.05)
    # The preflight would name it first where the machine is slow.
    monkeypatch.setattr("app.migration.preflight.LONG_TRANSACTION_SECONDS", 60.0)
    run_id = next_run_id()
    with connect(pair.applications[Site.LEGACY], application_name="long") as client:
        client.execute("BEGIN")
        pay(client)
        with pytest.raises(HandoverRefused, match="held on for more than"):
            hand_over(databases, to=Site.AWS, run_id=run_id)
        client.commit()
    assert accepting(databases) == [Site.LEGACY]
    with connect(databases[Site.LEGACY], application_name="test") as legacy:
        # fact: writes take the short way again; nobody may come back for hours
        short = legacy.execute("SELECT pg_sequence_last_value('payshift.accepts')").fetchone()
        assert short == (1,)
    # fact: a replay of the same run gives the same answer instead of a late surprise
    with pytest.raises(HandoverRefused, match="was refused before"):
        hand_over(databases, to=Site.AWS, run_id=run_id)


def test_of_two_handovers_at_the_same_time_one_goes_first_and_both_end_with_one_writer(
    databases: Databases,
) -> None:
    outcomes: list[object] = []

    def run(run_id: str, to: Site) -> None:
        try:
            outcomes.append(hand_over(databases, to=to, run_id=run_id).changed)
        except HandoverRefused as refusal:
            outcomes.append(refusal)

    ids = [next_run_id() for _ in range(3)]
    threads = [threading.Thread(target=run, args=(run_id, Site.AWS)) for run_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(outcomes) == 3
    assert outcomes.count(True) == 1
    assert accepting(databases) == [Site.AWS]


def test_a_handover_waits_for_its_turn_and_then_says_who_holds_it_up(
    databases: Databases, legacy: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.migration.sessions.LOCK_PATIENCE_SECONDS", 0.1)
    legacy.execute("SELECT pg_advisory_lock(5787213827046133842)")
    with pytest.raises(HandoverRefused, match=f"session {legacy.info.backend_pid} from"):
        hand_over(databases, to=Site.AWS)


def test_nothing_goes_in_circles(databases: Databases) -> None:
    for to in (Site.AWS, Site.LEGACY, Site.AWS):
        with connect(databases[to.other], application_name="test") as connection:

            def pay_late(step: str, old: psycopg.Connection = connection) -> None:
                if step == "preflight":  # fact: applied at the new writer after the last look
                    pay(old)

            pay(connection)
            Handover(databases=databases, replication=LogicalReplication(), observer=pay_late).run(
                to=to, run_id=next_run_id(), deadline_seconds=30
            )
    with connect(databases[Site.AWS], application_name="test") as connection:
        pay(connection)
    drain(databases)
    counts = [changes(databases, site) for site in Site]
    # fact: with nobody paying, a round trip of a marker is all that either site applies
    drain(databases)
    drain(databases)
    assert [changes(databases, site) for site in Site] == counts
    assert payments(databases, Site.LEGACY) == payments(databases, Site.AWS)


def test_exactly_one_direction_is_read_after_each_handover(databases: Databases) -> None:
    for to in (Site.AWS, Site.LEGACY):
        hand_over(databases, to=to)
        read = set()
        for site in Site:
            with connect(databases[site], application_name="test") as connection:
                rows = connection.execute(
                    "SELECT slot_name FROM pg_replication_slots WHERE active "
                    "AND slot_name IN ('payshift_forward', 'payshift_reverse')"
                ).fetchall()
                read |= {name for (name,) in rows}
        assert read == {"payshift_reverse" if to is Site.AWS else "payshift_forward"}


def test_the_accepting_writer_refuses_replicated_rows(legacy: psycopg.Connection) -> None:
    with legacy.transaction(force_rollback=True):
        legacy.execute("SET LOCAL session_replication_role = replica")
        with pytest.raises(psycopg.Error) as caught:
            pay(legacy)
        assert caught.value.sqlstate == "PS002"


def test_the_new_writers_sequences_are_ahead(databases: Databases) -> None:
    hand_over(databases, to=Site.AWS)
    with (
        connect(databases[Site.LEGACY], application_name="test") as legacy,
        connect(databases[Site.AWS], application_name="test") as aws,
    ):
        assert sequences.behind(source=legacy, target=aws) == ()
        pay(aws)
        ids = aws.execute("SELECT count(*), count(DISTINCT id) FROM payments.ledger_entry")
        count, distinct = ids.fetchone() or (0, -1)
        assert count == distinct


def test_a_missing_fence_stops_a_handover(databases: Databases, aws: psycopg.Connection) -> None:
    aws.execute("ALTER TABLE payments.refund DISABLE TRIGGER payshift_fence")
    try:
        with pytest.raises(HandoverRefused, match=r"fence is missing on payments\.refund at aws"):
            hand_over(databases, to=Site.AWS)
    finally:
        aws.execute("ALTER TABLE payments.refund ENABLE TRIGGER payshift_fence")


def test_a_way_back_that_does_not_work_stops_a_handover(
    databases: Databases, legacy: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.migration.preflight.PROBE_SECONDS", 0.2)
    legacy.execute("ALTER SUBSCRIPTION payshift_probe_reverse DISABLE")
    try:
        end = time.monotonic() + 20
        while slot_active(databases, Site.AWS, "payshift_probe_reverse"):
            assert time.monotonic() < end
        with pytest.raises(HandoverRefused, match="no way back"):
            hand_over(databases, to=Site.AWS)
    finally:
        legacy.execute("ALTER SUBSCRIPTION payshift_probe_reverse ENABLE")
    assert accepting(databases) == [Site.LEGACY]


def test_a_slower_replication_drains_and_is_cut_off_by_its_own_limit(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(LogicalReplication):
        pace = Pace(drain_seconds=20)

    # Far below what the rows take: the engine's own limits must not end this pause.
    monkeypatch.setattr("app.migration.pause.DRAIN_SECONDS", 0.1)
    monkeypatch.setattr("app.migration.pause.ANSWER_SECONDS", 1.0)
    with connect(databases[Site.AWS], application_name="blocker") as blocker:
        blocked = blocker.transaction(force_rollback=True)
        release = threading.Timer(1.5, blocked.__exit__, (None, None, None))

        def observe(step: str) -> None:
            if step == "preflight":
                blocked.__enter__()
                blocker.execute("LOCK TABLE payshift.marker_legacy IN SHARE MODE")
            elif step == "fenced":
                release.start()

        handover = Handover(databases=databases, replication=Slow(), observer=observe)
        result = handover.run(to=Site.AWS, run_id=next_run_id(), deadline_seconds=60)
        release.join()
    assert result.changed
    assert accepting(databases) == [Site.AWS]


def slot_active(databases: Databases, site: Site, name: str) -> bool:
    with connect(databases[site], application_name="test") as connection:
        row = connection.execute(
            "SELECT active FROM pg_replication_slots WHERE slot_name = %s", (name,)
        ).fetchone()
        return row is not None and bool(row[0])


def changes(databases: Databases, site: Site) -> list[tuple[object, ...]]:
    """Return rows ever changed in each business table; an echo would raise them.

    The figures of PostgreSQL arrive late, so the rows' own transaction ids are counted instead.
    """
    with connect(databases[site], application_name="test") as connection:
        return connection.execute(
            "SELECT 'p', count(*), max(xmin::text::bigint) FROM payments.payment UNION ALL "
            "SELECT 'l', count(*), max(xmin::text::bigint) FROM payments.ledger_entry ORDER BY 1"
        ).fetchall()
