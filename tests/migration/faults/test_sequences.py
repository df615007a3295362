"""Random sequences of payments, handovers, deaths and crashes keep every promise."""

from __future__ import annotations

from contextlib import ExitStack
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.migration.connection import connect
from app.migration.fence import WRITE_REFUSED
from app.migration.sites import Site
from app.migration.status import status
from tests.migration.faults.fault import Scene
from tests.migration.faults.process_faults import job_of
from tests.migration.faults.running import make_writer
from tests.migration.faults.steps import PAUSED, STEPS
from tests.migration.faults.world import Content, World
from tests.migration.support import PAY, drain, next_run_id, pay

pytestmark = pytest.mark.slow

SITES = st.sampled_from(list(Site))


class Sequences(RuleBasedStateMachine):
    """What is known: who writes (None: a handover died in its pause), and what was promised."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        (writer,) = world.accepting()
        self.writer: Site | None = writer
        self.epoch = status(world.pair.databases).epoch
        self.unfinished: tuple[Site, str] | None = None
        self.acknowledged: dict[UUID, int] = {}

    @rule(site=SITES, amount=st.integers(min_value=1, max_value=10_000))
    def somebody_pays(self, site: Site, amount: int) -> None:
        """Pay at any site: the writer takes it, the other one refuses."""
        with connect(self.world.pair.applications[site], application_name="payer") as session:
            if site is self.writer:
                self.acknowledged[pay(session, amount=amount)] = amount
                return
            with pytest.raises(psycopg.Error) as caught:
                pay(session, amount=amount)
            assert caught.value.sqlstate == WRITE_REFUSED

    @precondition(lambda self: self.acknowledged and self.writer)
    @rule(number=st.integers(min_value=0))
    def somebody_pays_again(self, number: int) -> None:
        """Send a payment again that was acknowledged; it must not be taken twice."""
        assert self.writer is not None
        again = list(self.acknowledged)[number % len(self.acknowledged)]
        with connect(self.world.pair.applications[self.writer], application_name="payer") as one:
            one.execute(PAY, {"id": again, "amount": self.acknowledged[again]})

    @rule(to=SITES)
    def the_writer_moves(self, to: Site) -> None:
        """Hand over by a new run, also over one that died."""
        self.world.move(to=to, run_id=next_run_id())
        self._expect(to)
        self.unfinished = None

    @rule(to=SITES, step=st.sampled_from(STEPS))
    def a_handover_dies(self, to: Site, step: str) -> None:
        """Kill a handover at a step, if it comes so far."""
        run_id, before = next_run_id(), self.writer
        with ExitStack() as stack:
            worker = self.world.workers.take()
            stack.callback(worker.end)
            scene = Scene(
                world=self.world,
                worker=worker,
                source=to.other,
                step=step,
                run_id=run_id,
                stack=stack,
            )
            worker.start(job_of(scene, hold_at=step))
            held = worker.reached(step)
            worker.kill()
        accepting = self.world.accepting()
        assert accepting in ([], [to], [before])
        if held and step in PAUSED:
            assert accepting == []
        self.writer = next(iter(accepting), None)
        self.unfinished = (to, run_id) if held else None

    @precondition(lambda self: self.unfinished)
    @rule()
    def the_run_is_taken_up_again(self) -> None:
        """Run it again under its own id."""
        assert self.unfinished is not None
        to, run_id = self.unfinished
        self.world.move(to=to, run_id=run_id)
        self._expect(to)
        self.unfinished = None

    @rule(site=SITES)
    def a_server_crashes(self, site: Site) -> None:
        """Kill a postmaster and start it again."""
        self.world.pair.clusters[site].kill()
        self.world.start_servers()

    @invariant()
    def nobody_but_the_writer_accepts_and_epochs_only_rise(self) -> None:
        """Ask both databases."""
        assert self.world.accepting() == ([] if self.writer is None else [self.writer])
        epoch = status(self.world.pair.databases).epoch
        assert epoch >= self.epoch
        self.epoch = epoch

    def teardown(self) -> None:
        """End with one writer, and compare everything."""
        make_writer(self.world, self.writer or Site.LEGACY)
        drain(self.world.pair.databases)
        assert self.world.content(self.acknowledged) == Content(lost=0, doubled=0, identical=True)

    def _expect(self, writer: Site) -> None:
        assert self.world.accepting() == [writer]
        self.writer = writer


def test_random_sequences_keep_every_promise(world: World) -> None:
    class InThisWorld(Sequences):
        def __init__(self) -> None:
            super().__init__(world)

    run_state_machine_as_test(
        InThisWorld,
        settings=settings(
            max_examples=4,
            stateful_step_count=7,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
