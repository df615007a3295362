"""Shadow reads: some answers are compared with the other database's, behind the client's back."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Mapping
from uuid import UUID

import psycopg

from app.errors import DatabaseFailed
from app.lambdas.payment_api.features import FeatureSource
from app.lambdas.payment_api.hold import Done
from app.lambdas.payment_api.models import Payment
from app.lambdas.payment_api.request_log import logger
from app.lambdas.payment_api.sessions import LoginSource, Sessions
from app.lambdas.payment_api.shadow_comparison import Comparison, Suspect
from app.lambdas.payment_api.shadow_tally import Tally
from app.migration.sites import Site

# More than that waits only when the other database is slow or away: then nothing is learned anyway.
MOST_WAITING = 100
# Long enough for an ordinary lag to pass; it also bounds the markers that a sandbox leaves.
ROUND_SECONDS = 1.0
_BOTH = 2

Answer = tuple[UUID, Done[Payment | None]]


class ShadowReads:
    """Takes answered reads and compares them in a thread of its own, with connections of its own.

    So neither a slow nor a broken database is felt by a client. Lambda freezes the thread between
    requests; it goes on beside the next one, and finds a connection that died meanwhile dead.
    """

    def __init__(self, *, logins: Mapping[Site, LoginSource], features: FeatureSource) -> None:
        self._sessions = Sessions(logins=logins, application_name="payshift-shadow-reads")
        self._comparison = Comparison(self._sessions)
        self._features = features
        self._changed = threading.Condition()
        self._fresh: deque[Answer] = deque()
        self._suspects: tuple[Suspect, ...] = ()
        self._tally = Tally()
        self._thread: threading.Thread | None = None
        self._closed = False

    def offer(self, payment_id: UUID, done: Done[Payment | None]) -> None:
        """Compare this answer later, if the phase's share wants it; returns at once."""
        if len(self._sessions.sites) < _BOTH or not self._wanted():
            return
        with self._changed:
            if len(self._fresh) + len(self._suspects) >= MOST_WAITING:
                self._tally += Tally(skipped=1)
                return
            self._fresh.append((payment_id, done))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="payshift-shadow-reads", daemon=True
                )
                self._thread.start()
            self._changed.notify()

    def take_tally(self) -> Tally:
        """Return what was found since the last call."""
        with self._changed:
            tally, self._tally = self._tally, Tally()
        return tally

    def close(self) -> None:
        """End the thread after what it is doing, and close its connections."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        self._sessions.close()

    def _wanted(self) -> bool:
        percent = self._features.now().shadow_reads_percent
        return random.random() * 100 < percent  # noqa: S311 - chooses a sample, guards nothing

    def _run(self) -> None:
        next_round = time.monotonic() + ROUND_SECONDS
        while (answer := self._next(next_round)) is not None or not self._closed:
            if answer is not None:
                self._judge_fresh(answer)
            if time.monotonic() >= next_round:
                self._judge_suspects()
                next_round = time.monotonic() + ROUND_SECONDS

    def _next(self, next_round: float) -> Answer | None:
        """Wait for an answer; None when it is time for the suspects, or for the end."""
        with self._changed:
            while not self._fresh and not self._closed:
                seconds = next_round - time.monotonic() if self._suspects else None
                if seconds is not None and seconds <= 0:
                    return None
                self._changed.wait(seconds)
            return self._fresh.popleft() if self._fresh and not self._closed else None

    def _judge_fresh(self, answer: Answer) -> None:
        payment_id, done = answer
        try:
            same = self._comparison.other_says_the_same(payment_id, done)
        except Exception as error:  # noqa: BLE001 - whatever it is, only this comparison is lost
            self._give_up(1, error)
            return
        with self._changed:
            if same:
                self._tally += Tally(compared=1)
            else:
                self._suspects += (Suspect(payment_id),)

    def _judge_suspects(self) -> None:
        suspects = self._suspects
        if not suspects:
            return
        try:
            tally, left = self._comparison.judge(suspects)
        except Exception as error:  # noqa: BLE001 - as above
            self._give_up(len(suspects), error)
            tally, left = Tally(), ()
        with self._changed:
            self._tally += tally
            self._suspects = left

    def _give_up(self, count: int, error: Exception) -> None:
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            for site in self._sessions.sites:
                self._sessions.drop(site)
        expected = isinstance(error, psycopg.Error | DatabaseFailed)
        logger().warning(
            "shadow reads skipped",
            extra={"reads": count, "error": type(error).__name__},
            exc_info=None if expected else error,
        )
        with self._changed:
            self._tally += Tally(skipped=count)
