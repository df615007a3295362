"""Runs one cell: load, fault, what is left of it, resume, and the proof."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

from app.errors import HandoverRefused
from app.migration.sites import Site
from app.migration.status import status
from tests.migration.faults.cells import Cell
from tests.migration.faults.fault import Scene
from tests.migration.faults.process_faults import job_of
from tests.migration.faults.world import Content, World
from tests.migration.support import Payers, drain, next_run_id

PAYERS = 3
TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """What happened in a cell. `accepting` is who wrote after the fault, before the resume.

    `runs` are the handovers that it took afterwards: 1 when the same run could be taken up again,
    2 when it had been refused and a new one was needed.
    """

    fault: str
    step: str
    to: str
    outcome: str
    accepting: tuple[str, ...]
    runs: int
    acknowledged: int
    client_errors: int
    epochs: int
    writers: tuple[str, ...]
    content: Content
    seconds: float

    def as_record(self) -> dict[str, Any]:
        """Return plain values."""
        return {**asdict(self), "passed": not self.wrong()}

    def wrong(self) -> list[str]:
        """Return what must not be; empty when the cell held."""
        found = []
        if len(self.accepting) > 1:
            found.append(f"two writers after the fault: {self.accepting}")
        if self.writers != (self.to,):
            found.append(f"the resume ended with {self.writers or 'nobody'} writing")
        if self.epochs != 1:
            found.append(f"the epoch rose by {self.epochs}")
        if self.content.lost or self.content.doubled:
            found.append(f"{self.content.lost} lost, {self.content.doubled} doubled")
        if not self.content.identical:
            found.append("the databases differ")
        return found


def run_cell(world: World, cell: Cell) -> CellResult:
    """Run it. The world ends with `cell.to` writing, ready for the next one."""
    begun = time.monotonic()
    make_writer(world, cell.to.other)
    before = status(world.pair.databases).epoch
    payers = Payers(world.pair.applications)
    with ExitStack() as stack:
        with payers.paying(threads=PAYERS):
            payers.wait_for(2 * PAYERS)
            scene = _hold(world, cell, stack)
            fault = scene.kept["fault"]
            fault.strike(scene)
            outcome = str(fault.proceed(scene)["outcome"])
            fault.heal(scene)
            accepting = world.accepting()
            runs = resume(world, to=cell.to, run_id=scene.run_id)
            writers = world.accepting()
            payers.wait_for(2 * PAYERS)
        drain(world.pair.databases)
        acknowledged = payers.acknowledged | scene.acknowledged
    return CellResult(
        fault=cell.fault.name,
        step=cell.step,
        to=cell.to.value,
        outcome=outcome,
        accepting=tuple(site.value for site in accepting),
        runs=runs,
        acknowledged=len(acknowledged),
        client_errors=len(payers.errors),
        epochs=status(world.pair.databases).epoch - before,
        writers=tuple(site.value for site in writers),
        content=world.content(acknowledged),
        seconds=round(time.monotonic() - begun, 2),
    )


def make_writer(world: World, site: Site) -> None:
    """Hand over to the site unless it writes."""
    if world.accepting() != [site]:
        world.move(to=site, run_id=next_run_id())


def resume(world: World, *, to: Site, run_id: str) -> int:
    """Run the handover again, as its remedy says; return how many runs it took (1 or 2).

    An interrupted one is run again as it is; one that was refused needs a new run.
    """
    try:
        world.move(to=to, run_id=run_id)
    except HandoverRefused:
        world.move(to=to, run_id=next_run_id())
        return 2
    return 1


def _hold(world: World, cell: Cell, stack: ExitStack) -> Scene:
    """Start the handover and wait until it is held; a machine that is too slow gets more tries."""
    for _ in range(TRIES):
        fault = cell.fault()
        scene = Scene(
            world=world,
            worker=world.workers.take(),
            source=cell.to.other,
            step=cell.step,
            run_id=next_run_id(),
            stack=stack,
        )
        stack.callback(scene.worker.end)
        scene.kept["fault"] = fault
        changes = fault.job(scene)
        scene.worker.start(job_of(scene, hold_at=cell.step, **changes))
        if scene.worker.reached(cell.step):
            return scene
        assert world.accepting() == [cell.to.other], scene.worker.outcome()
    raise AssertionError(f"{cell}: never held, {scene.worker.outcome()}")
