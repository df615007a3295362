"""Whatever stops a handover between two steps, running it again ends with exactly one writer."""

from __future__ import annotations

import signal

import pytest

from app.errors import HandoverInterrupted, HandoverRefused, PayshiftError
from app.migration.connection import connect
from app.migration.fence import read_writer
from app.migration.handover import Handover
from app.migration.replication.logical import LogicalReplication
from app.migration.sites import Databases, Site
from app.migration.verify.parity import compare_parity
from tests.migration.killed_handover import run_and_kill
from tests.migration.support import Pair, Payers, accepting, drain, next_run_id, payments

pytestmark = pytest.mark.slow

BEFORE = ("started", "preflight")
PAUSED = ("fenced", "drained")
AFTER = ("unfenced", "published", "turned")


class Stop(Exception):
    """What the observer raises."""


def run(databases: Databases, *, to: Site, run_id: str, fail_after: str = "") -> None:
    def fail(step: str) -> None:
        if step == fail_after:
            raise Stop(step)

    Handover(databases=databases, replication=LogicalReplication(), observer=fail).run(
        to=to, run_id=run_id, deadline_seconds=30
    )


@pytest.mark.parametrize("step", [*BEFORE, *PAUSED, *AFTER])
@pytest.mark.parametrize("to", [Site.AWS, Site.LEGACY])
def test_a_handover_killed_after_any_step_can_be_run_again(
    pair: Pair, databases: Databases, to: Site, step: str
) -> None:
    if to is Site.LEGACY:
        run(databases, to=Site.AWS, run_id=next_run_id())
    run_id = next_run_id()
    payers = Payers(pair.applications)
    with payers.paying(threads=3):
        payers.wait_for(10)
        assert run_and_kill(databases, to=to, run_id=run_id, after=step) == -signal.SIGKILL
        # fact: killed inside the pause nobody writes, else exactly one does
        writers = {BEFORE: [to.other], PAUSED: [], AFTER: [to]}
        assert accepting(databases) == next(who for steps, who in writers.items() if step in steps)
        run(databases, to=to, run_id=run_id)
        assert accepting(databases) == [to]
        payers.wait_for(10)
    drain(databases)
    assert payers.errors == []
    assert payers.acknowledged.items() <= payments(databases, Site.LEGACY).items()
    assert payments(databases, Site.LEGACY) == payments(databases, Site.AWS)
    assert compare_parity(databases).equal


@pytest.mark.parametrize("step", PAUSED)
def test_a_killed_handover_can_be_undone_by_asking_for_the_old_writer(
    databases: Databases, step: str
) -> None:
    run_and_kill(databases, to=Site.AWS, run_id=next_run_id(), after=step)
    assert accepting(databases) == []
    run(databases, to=Site.LEGACY, run_id=next_run_id())
    assert accepting(databases) == [Site.LEGACY]


@pytest.mark.parametrize("step", PAUSED)
def test_an_error_inside_the_pause_gives_the_writes_back_at_once(
    databases: Databases, step: str
) -> None:
    with pytest.raises(Stop):
        run(databases, to=Site.AWS, run_id=next_run_id(), fail_after=step)
    assert accepting(databases) == [Site.LEGACY]


@pytest.mark.parametrize("step", AFTER)
def test_an_error_after_the_pause_leaves_the_new_writer_and_is_finished_by_the_next_run(
    databases: Databases, step: str
) -> None:
    run_id = next_run_id()
    with pytest.raises(Stop):
        run(databases, to=Site.AWS, run_id=run_id, fail_after=step)
    assert accepting(databases) == [Site.AWS]
    run(databases, to=Site.AWS, run_id=next_run_id())
    with connect(databases[Site.LEGACY], application_name="test") as connection:
        assert read_writer(connection).writer is Site.AWS
        completed = connection.execute(
            "SELECT count(*) FROM payshift.journal WHERE run_id = %s AND step = 'completed'",
            (run_id,),
        ).fetchone()
        assert completed == (1,)


def test_a_target_that_dies_before_the_drain_gives_the_writes_back(
    pair: Pair, databases: Databases
) -> None:
    def kill(step: str) -> None:
        if step == "fenced":
            pair.clusters[Site.AWS].kill()

    handover = Handover(databases=databases, replication=LogicalReplication(), observer=kill)
    with pytest.raises(HandoverRefused, match="legacy writes on"):
        handover.run(to=Site.AWS, run_id=next_run_id(), deadline_seconds=30)
    with connect(databases[Site.LEGACY], application_name="test") as connection:
        assert read_writer(connection).accepting


def test_a_target_that_dies_before_the_unfence_leaves_it_to_the_next_run(
    pair: Pair, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.migration.handover.RECOVERY_SECONDS", 1)

    def kill(step: str) -> None:
        if step == "drained":
            pair.clusters[Site.AWS].kill()

    handover = Handover(databases=databases, replication=LogicalReplication(), observer=kill)
    run_id = next_run_id()
    with pytest.raises(HandoverInterrupted):
        handover.run(to=Site.AWS, run_id=run_id, deadline_seconds=30)
    pair.clusters[Site.AWS].start()
    assert accepting(databases) == []
    run(databases, to=Site.AWS, run_id=run_id)
    assert accepting(databases) == [Site.AWS]


def test_a_source_that_dies_behind_the_fence_does_not_lose_it(
    pair: Pair, databases: Databases
) -> None:
    def kill(step: str) -> None:
        if step == "fenced":
            pair.clusters[Site.LEGACY].kill()
            raise Stop(step)

    handover = Handover(databases=databases, replication=LogicalReplication(), observer=kill)
    with pytest.raises(PayshiftError):
        handover.run(to=Site.AWS, run_id=next_run_id(), deadline_seconds=30)
    pair.clusters[Site.LEGACY].start()
    assert accepting(databases) == []
    # fact: the reader needs a moment to find its source again, and the preflight gives it that
    run(databases, to=Site.AWS, run_id=next_run_id())
    assert accepting(databases) == [Site.AWS]
