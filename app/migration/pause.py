"""The pause of a handover: fence, drain, unfence. Before the unfence everything is taken back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg

from app.errors import HandoverRefused
from app.migration import markers
from app.migration.cut_off import cut_off
from app.migration.deadline import Deadline
from app.migration.fence import accept_again, fence, unfence
from app.migration.replication.base import Sessions
from app.migration.replication.direction import Direction
from app.migration.standing import Standing

# How long clients may be made to wait for writers in flight, and then for the other side, before
# the old writer goes on instead.
FENCE_SECONDS = 1.0
FENCE_TRIES = 3
DRAIN_SECONDS = 5.0
# How long a database may take to answer beyond that before it counts as gone.
ANSWER_SECONDS = 3.0

Observer = Callable[[str], None]


class OutcomeInDoubt(Exception):
    """The fence stands and this process cannot tell from here who writes; both must be asked."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseFigures:
    """When it was, and its parts in milliseconds by the monotonic clock."""

    started_at: str
    pause_ms: float
    fence_ms: float
    drain_ms: float


class Pause:
    """One pause, from the standing `standing` on, by the run `run_id`."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        standing: Standing,
        run_id: str,
        observer: Observer,
        drain_seconds: float | None = None,
    ) -> None:
        self._drain_seconds = drain_seconds or DRAIN_SECONDS
        self._sessions = sessions
        self._direction = Direction(standing.last)
        self._standing = standing
        self._run_id = run_id
        self._observe = observer
        self._started_at = datetime.now(UTC)

    def hold(self, *, deadline: Deadline) -> PauseFigures:
        """Stop writes at the one site, wait until the other has everything, let it write.

        Raises HandoverRefused when the old writer goes on, OutcomeInDoubt when that is not known.
        """
        marker = uuid4()
        old, new = (
            self._sessions[site] for site in (self._direction.source, self._direction.target)
        )
        try:
            with cut_off(old, after_seconds=FENCE_TRIES * FENCE_SECONDS + ANSWER_SECONDS):
                begun = self._fence(marker=marker, deadline=deadline)
            fenced = time.monotonic()
            self._observe("fenced")
            # Only the new one: the old writer must hear it when this takes too long.
            with cut_off(new, after_seconds=self._drain_seconds + ANSWER_SECONDS):
                self._drain(marker=marker, deadline=deadline)
            drained = time.monotonic()
            self._observe("drained")
        except BaseException as error:
            self._take_back(error)
            if isinstance(error, psycopg.Error):
                raise HandoverRefused(
                    f"A database failed during the handover, {self._direction.source} writes on: "
                    f"{error}"
                ) from error
            raise
        self._unfence()
        ended = time.monotonic()
        return PauseFigures(
            started_at=self._started_at.isoformat(timespec="milliseconds"),
            pause_ms=round(1e3 * (ended - begun), 3),
            fence_ms=round(1e3 * (fenced - begun), 3),
            drain_ms=round(1e3 * (drained - fenced), 3),
        )

    def _fence(self, *, marker: UUID, deadline: Deadline) -> float:
        """Return when the exclusive lock was asked for, with the fence standing."""
        for _ in range(FENCE_TRIES):
            if deadline.passed:
                raise HandoverRefused(
                    "The time was up before writes were stopped.",
                    remedy="Start a new run with more time.",
                )
            begun = time.monotonic()
            try:
                stands = fence(
                    self._sessions[self._direction.source],
                    run_id=self._run_id,
                    epoch=self._standing.epoch,
                    marker=marker,
                    detail=self._detail(),
                    patience_seconds=min(FENCE_SECONDS, deadline.remaining),
                )
            except psycopg.errors.LockNotAvailable:
                continue
            if stands:
                return begun
            raise HandoverRefused(
                f"{self._direction.source} is not the writer of epoch {self._standing.epoch}."
            )
        raise HandoverRefused(
            f"Writers at {self._direction.source} held on for more than {FENCE_SECONDS:g} s, "
            f"{FENCE_TRIES} times.",
            remedy="Find what keeps transactions open, then start a new run.",
        )

    def _drain(self, *, marker: UUID, deadline: Deadline) -> None:
        if not markers.wait_for(
            sessions=self._sessions,
            direction=self._direction,
            table=self._direction.marker_table,
            marker=marker,
            deadline=deadline.within(seconds=self._drain_seconds),
        ):
            raise HandoverRefused(
                f"{self._direction.target} did not receive everything in time.",
                remedy="Look at the replication, then start a new run.",
            )

    def _unfence(self) -> None:
        new = self._sessions[self._direction.target]
        try:
            with cut_off(new, after_seconds=ANSWER_SECONDS):
                position = unfence(
                    new,
                    run_id=self._run_id,
                    epoch=self._standing.epoch + 1,
                    detail=self._detail(),
                )
        except BaseException as error:
            raise OutcomeInDoubt(error) from error
        if position is None:
            raise OutcomeInDoubt(
                HandoverRefused(f"{self._direction.target} is not one epoch behind.")
            )

    def _take_back(self, error: BaseException) -> None:
        """Let the old writer go on; the new one was not asked to write, and this run holds it off.

        That holds only while the session that holds the right to hand over lives.
        """
        old = self._sessions[self._direction.source]
        try:
            with cut_off(old, after_seconds=ANSWER_SECONDS):
                accept_again(
                    old,
                    run_id=self._run_id,
                    epoch=self._standing.epoch,
                    detail={**self._detail(), "reason": str(error) or type(error).__name__},
                )
        except psycopg.Error:
            raise OutcomeInDoubt(error) from error

    def _detail(self) -> dict[str, str]:
        return {
            "from": self._direction.source.value,
            "to": self._direction.target.value,
            "started_at": self._started_at.isoformat(timespec="milliseconds"),
        }
