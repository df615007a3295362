"""The story: replicate, forward to 100, reverted to 50 and to 0, and forward to 100 again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.config.loading import load_phases
from app.config.phases import Phase
from app.errors import LocalEnvironmentFailed, PayshiftError
from app.local.rehearsal.marks import Marks, Step
from app.local.rehearsal.product_files import ROOT
from app.local.rehearsal.waiting import wait_until

if TYPE_CHECKING:
    from app.local.rehearsal.load_process import LoadProcess
    from app.local.rehearsal.observer import Observer
    from app.local.rehearsal.repository import Push, Repository
    from app.local.rehearsal.runner import Runner

DNS_SLACK_SECONDS = 0.5
"""Added to the TTL: an answer may be used for a moment longer than it lives."""


@dataclass(frozen=True, slots=True)
class Move:
    """Advance to a phase by a merge, or take back the last `advances` by reverts."""

    to: str = ""
    advances: int = 0


def usual_moves(phases: tuple[str, ...]) -> tuple[Move, ...]:
    """Return the usual story for these phases, lowest first, whatever their number.

    Up one by one; back by one; back to the lowest in one push; up one by one again.
    """
    up = tuple(Move(to=phase) for phase in phases[1:])
    down = (Move(advances=1), Move(advances=len(phases) - 2)) if len(phases) > 1 else ()
    return (*up, *(move for move in down if move.advances), *up)


class Story:
    """Carries the moves out, one after the other, each only after the one before has settled."""

    def __init__(
        self,
        *,
        repository: Repository,
        runner: Runner,
        load: LoadProcess,
        observer: Observer,
        marks: Marks,
        settle_seconds: float = 3.0,
    ) -> None:
        self._repository = repository
        self._runner = runner
        self._load = load
        self._observer = observer
        self._marks = marks
        self._settle_seconds = settle_seconds
        self._phases = {phase.name: phase for phase in load_phases(ROOT / "phases").phases}

    def tell(self, moves: tuple[Move, ...] | None = None) -> None:
        """Run it all. Stops at the first delivery that fails, with its error."""
        names = tuple(self._phases)
        first = self._repository.create(live=names[0])
        self._deliver(first, from_phase="", pushed=time.time(), kind="start")
        self._start_load()
        self._settle()
        for move in usual_moves(names) if moves is None else moves:
            self._move(move)

    def _move(self, move: Move) -> None:
        before = self._repository.live()
        pushed = time.time()
        if move.to:
            push = self._repository.merge(live=move.to)
        else:
            push = self._repository.revert(advances=move.advances)
        self._deliver(push, from_phase=before, pushed=pushed, kind="merge" if move.to else "revert")
        self._settle()

    def _deliver(self, push: Push, *, from_phase: str, pushed: float, kind: str) -> None:
        self._marks.begin(
            Step(
                kind=kind, from_phase=from_phase, phase=push.live, subject=push.subject,
                commit=push.commit, pushed=pushed, started=time.time(),
            )
        )  # fmt: skip
        self._marks.now(f"{kind}: delivering {push.live}")
        try:
            delivery = self._runner.deliver(push)
        except PayshiftError:
            self._marks.change(ended=time.time())
            raise
        step = self._marks.change(started=delivery.started, ended=delivery.ended)
        self._marks.now(f"{push.live} delivered in {step.apply_seconds:.1f} s")

    def _start_load(self) -> None:
        """Clients pay as soon as the name exists; the first acknowledgement shows that they do."""
        self._marks.now("clients begin to pay")
        self._load.start()
        if self._load.pid is not None:
            self._observer.extra_pids.add(self._load.pid)
        wait_until(
            lambda: self._alive() and self._load.figures.acknowledged > 0,
            seconds=30,
            otherwise=LocalEnvironmentFailed(
                f"no payment was acknowledged within 30 s: {self._load.figures.last_error}",
                remedy="try `curl` on the API's name and look at the environment's logs",
            ),
        )

    def _settle(self) -> None:
        """Wait until the world is in the phase and clients have been there for a little while."""
        phase = self._phases[self._marks.steps[-1].phase]
        wait_until(
            lambda: self._alive() and self._arrived(phase),
            seconds=30,
            otherwise=LocalEnvironmentFailed(
                f"{phase.name} was delivered but the world is elsewhere: "
                f"{self._observer.cloud}, {self._observer.database}",
                remedy="run `payshift status`",
            ),
        )
        quiet = (self._observer.cloud.ttl or 0) + DNS_SLACK_SECONDS + self._settle_seconds
        since = max(self._observer.cloud_changed_at, self._load.started_at)
        time.sleep(max(0, since + quiet - time.time()))
        self._alive()
        self._marks.change(settled=time.time())

    def _arrived(self, phase: Phase) -> bool:
        cloud, database = self._observer.cloud, self._observer.database
        return (
            cloud.aws_percent == phase.traffic.aws_percent
            and cloud.phase == phase.name
            and database.writer == phase.features.writer
        )

    def _alive(self) -> bool:
        self._load.check()
        return True
