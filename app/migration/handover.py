"""Moving the writer from one site to the other. Killed anywhere, it can be run again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict

import psycopg

from app.errors import DatabaseFailed, HandoverInterrupted, HandoverRefused
from app.migration import journal
from app.migration.answers import answer_of_known_run, insist_on_newest, unchanged
from app.migration.deadline import Deadline
from app.migration.fence import accept_again, publish, settle, warm_up
from app.migration.handover_result import HandoverResult
from app.migration.pause import Observer, OutcomeInDoubt, Pause
from app.migration.preflight import inspect, preflight
from app.migration.probes import ProbeResult
from app.migration.replication.base import Pace, Replication, Sessions
from app.migration.sessions import open_sessions
from app.migration.sites import Databases, Site
from app.migration.standing import Standing, complete, finish_tail, read_standing

RECOVERY_SECONDS = 20.0


class Handover:
    """Hands the writer over between two prepared databases.

    `observer` is called after each step with its name: started, preflight, fenced, drained,
    unfenced, published, turned. With `turn_later`, a move ends with published: everybody writes
    where they shall, and `finish` has to follow before the writer can be moved again.
    """

    def __init__(
        self,
        *,
        databases: Databases,
        replication: Replication,
        observer: Observer | None = None,
        turn_later: bool = False,
    ) -> None:
        self._databases = databases
        self._turn_later = turn_later
        self._replication = replication
        self._observe = observer or (lambda _step: None)

    def run(self, *, to: Site, run_id: str, deadline_seconds: float) -> HandoverResult:
        """Make `to` the writer; with `to` writing already, only finish what was left half done.

        A run id that has ended, or that sorts before the newest one, moves nothing; one that was
        refused is refused again. Raises HandoverRefused (the old writer writes),
        HandoverInterrupted (run it again) or DatabaseFailed (nothing was begun).
        """
        deadline = Deadline(seconds=deadline_seconds)
        try:
            with open_sessions(self._databases, deadline=deadline) as sessions:
                return self._run(sessions, to=to, run_id=run_id, deadline=deadline)
        except OutcomeInDoubt as doubt:
            result = self._resolve(doubt, to=to, run_id=run_id)
            if isinstance(doubt.cause, Exception):
                return result
            raise doubt.cause from None
        except psycopg.Error as error:
            raise DatabaseFailed(
                f"A database failed before anything was changed: {error}",
                remedy="Look at both databases, then start a new run.",
            ) from error

    def finish(self, *, deadline_seconds: float) -> Site | None:
        """Do what a handover has left to do after its change of writer; return the writer.

        Idempotent; None, with nothing done, while nobody writes. Raises HandoverRefused while
        another handover goes on, DatabaseFailed.
        """
        deadline = Deadline(seconds=deadline_seconds)
        try:
            with open_sessions(self._databases, deadline=deadline) as sessions:
                standing = read_standing(sessions)
                finish_tail(sessions, standing=standing, replication=self._replication)
                return standing.writer
        except psycopg.Error as error:
            raise DatabaseFailed(
                f"A database failed while a handover was finished: {error}",
                remedy="Run the handover again; it finishes the last one.",
            ) from error

    def inspect(self, *, to: Site, deadline_seconds: float) -> tuple[ProbeResult, ...]:
        """Return what the preflight of `run` would measure now, and move nothing.

        Empty when `to` writes already. Like every preflight it sets sequences ahead and sends probe
        rows. Raises HandoverRefused while a handover goes on or stands half done, DatabaseFailed.
        """
        deadline = Deadline(seconds=deadline_seconds)
        try:
            with open_sessions(self._databases, deadline=deadline) as sessions:
                standing = read_standing(sessions)
                if standing.writer is None:
                    raise HandoverRefused(
                        f"Nobody writes: a handover away from {standing.last} stopped half way.",
                        remedy="Hand over to the site that shall write; that goes on from there.",
                    )
                if standing.last is to:
                    return ()
                return inspect(
                    sessions=sessions,
                    writer=standing.last,
                    replication=self._replication,
                    deadline=deadline,
                )
        except psycopg.Error as error:
            raise DatabaseFailed(
                f"A database failed during the preflight: {error}",
                remedy="Look at both databases, then try again.",
            ) from error

    def _run(
        self, sessions: Sessions, *, to: Site, run_id: str, deadline: Deadline
    ) -> HandoverResult:
        standing = read_standing(sessions)
        answer = answer_of_known_run(sessions, standing=standing, to=to, run_id=run_id)
        if answer is not None:
            return answer
        _journal(sessions, run_id, journal.STARTED, standing, {"to": to.value})
        self._observe("started")
        finish_tail(sessions, standing=standing, replication=self._replication)
        if standing.last is not to:
            return self._move(sessions, standing=standing, run_id=run_id, deadline=deadline)
        if standing.writer is None:
            # Fenced by a run that died, and asked to stay: nobody else has written since.
            accept_again(
                sessions[to],
                run_id=run_id,
                epoch=standing.epoch,
                detail={"reason": "asked to stay"},
            )
        else:
            _journal(sessions, run_id, journal.UNCHANGED, standing, {"to": to.value})
        return unchanged(standing, to=to, run_id=run_id)

    def _move(
        self, sessions: Sessions, *, standing: Standing, run_id: str, deadline: Deadline
    ) -> HandoverResult:
        old, new = standing.last, standing.last.other
        pause = Pause(
            sessions=sessions,
            standing=standing,
            run_id=run_id,
            observer=self._observe,
            drain_seconds=Pace.of(self._replication).drain_seconds,
        )
        try:
            preflight(
                sessions=sessions, writer=old, replication=self._replication, deadline=deadline
            )
            for session in sessions.values():
                warm_up(session, run_id=run_id)
            self._observe("preflight")
            insist_on_newest(sessions, run_id=run_id)
            figures = pause.hold(deadline=deadline)
        except HandoverRefused as refusal:
            self._end_refused(sessions, standing, run_id=run_id, reason=refusal.message)
            raise
        self._observe("unfenced")
        result = HandoverResult(
            run_id=run_id,
            from_=old,
            to=new,
            epoch=standing.epoch + 1,
            changed=True,
            **asdict(figures),
        )
        self._finish(sessions, result=result)
        return result

    def _end_refused(
        self, sessions: Sessions, standing: Standing, *, run_id: str, reason: str
    ) -> None:
        """Journal the refusal, and end a fence that this run found standing."""
        if standing.writer is None:
            accept_again(
                sessions[standing.last],
                run_id=run_id,
                epoch=standing.epoch,
                detail={"reason": reason},
            )
        for session in sessions.values():
            # A site that is gone cannot be told; the other one remembers.
            with suppress(psycopg.Error):
                journal.write(
                    session,
                    run_id=run_id,
                    step=journal.REFUSED,
                    epoch=standing.epoch,
                    detail={"reason": reason},
                )

    def _finish(self, sessions: Sessions, *, result: HandoverResult) -> None:
        """Do what follows the change of writer; clients write already."""
        record, new = result.as_record(), result.to
        try:
            journal.write(
                sessions[new],
                run_id=result.run_id,
                step=journal.MEASURED,
                epoch=result.epoch,
                detail=record,
            )
            settle(sessions[new])
            publish(sessions[new.other], writer=new, epoch=result.epoch)
            self._observe("published")
            if self._turn_later:
                return
            position = read_standing(sessions).position
            self._replication.turn(sessions=sessions, writer=new, position=position)
            self._observe("turned")
            complete(sessions, writer=new, record=record)
        except (psycopg.Error, DatabaseFailed) as error:
            raise HandoverInterrupted(
                f"{new} writes since epoch {result.epoch}, but what follows failed: {error}",
                remedy="Run the handover again; it finishes this one.",
            ) from error

    def _resolve(self, doubt: OutcomeInDoubt, *, to: Site, run_id: str) -> HandoverResult:
        """Ask both databases who writes, end with exactly one writer, and tell which."""
        deadline = Deadline(seconds=RECOVERY_SECONDS)
        try:
            with open_sessions(self._databases, deadline=deadline) as sessions:
                standing = read_standing(sessions)
                if standing.writer is to:
                    finish_tail(sessions, standing=standing, replication=self._replication)
                    answer = journal.ending(sessions.values(), run_id=run_id)
                    if answer is not None and answer.step == journal.COMPLETED:
                        return HandoverResult.from_record(answer.detail, changed=True)
                    return unchanged(standing, to=to, run_id=run_id)
                self._end_refused(sessions, standing, run_id=run_id, reason=str(doubt))
        except (psycopg.Error, DatabaseFailed, HandoverRefused) as error:
            raise HandoverInterrupted(
                f"The handover stopped half way ({doubt}), and then: {error}",
                remedy="Run the handover again as soon as both databases answer.",
            ) from error
        raise HandoverRefused(
            f"The handover was taken back, {to.other} writes: {doubt}",
            remedy="Start a new run.",
        ) from doubt.cause


def _journal(
    sessions: Sessions, run_id: str, step: str, standing: Standing, detail: journal.Record
) -> None:
    for session in sessions.values():
        journal.write(session, run_id=run_id, step=step, epoch=standing.epoch, detail=detail)
