"""Runs work at the database that accepts writes, and waits (bounded) while none does."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import psycopg

from app.errors import DatabaseFailed, Refused
from app.lambdas.payment_api.sessions import DatabaseUnreachable, Sessions
from app.migration.fence import read_writer
from app.migration.sites import Site

T = TypeVar("T")
Connection = psycopg.Connection

# A handover's pause is 10 to 20 ms: asking every 2 to 10 ms ends a hold soon after it, and the
# jitter keeps sandboxes from asking in step. Who still waits after a second asks less often.
_ASK_SECONDS = (0.002, 0.010)
_PATIENT_ASK_SECONDS = (0.020, 0.050)
_PATIENT_AFTER_SECONDS = 1.0
_TOUCH_EVERY_SECONDS = 15.0
# One hold that ended in vain may have met a long handover. After two in a row the database is gone:
# requests that waited would only hold every sandbox, so each asks once and is refused at once.
_PATIENCE = 2

# Nothing was committed, or the idempotency key makes it safe to try again:
_TRANSIENT = frozenset(
    {
        "PS001",  # the fence: this site is not the writer
        "40001",  # serialization failure
        "40P01",  # deadlock
        "55P03",  # lock not available in time
        "57014",  # statement timeout
        "53300",  # too many connections
    }
)
# This server was the writer of its own cluster until a failover: its name leads to another now.
_READ_ONLY = "25006"


class NotTheWriter(Refused):
    """Raised by work that found itself at a database that does not accept writes."""


class NoWriter(DatabaseFailed):
    """No database took the work in the time that a request may be held."""

    def __init__(self, *, held_ms: float) -> None:
        super().__init__(f"no database accepted writes for {held_ms:.0f} ms")
        self.held_ms = held_ms


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What the work gave, where it was done, and how long it was held (None: not at all)."""

    value: T
    site: Site
    held_ms: float | None


class Writer:
    """Knows who accepts writes, and finds out again when that turns out to be wrong."""

    def __init__(self, sessions: Sessions, *, hold_seconds: float) -> None:
        self._sessions = sessions
        self._hold_seconds = hold_seconds
        self._site: Site | None = None
        self._last: Site | None = None
        self._touched_at = time.monotonic()
        self._in_vain = 0

    @property
    def site(self) -> Site | None:
        """The site that accepted the last write or said that it accepts; None when unknown."""
        return self._site

    @property
    def last_site(self) -> Site | None:
        """The last site known to accept writes: during a pause, the one that has everything."""
        return self._last

    def run(self, work: Callable[[Connection], T], *, hold_seconds: float | None = None) -> Done[T]:
        """Do `work` once at the database that accepts writes; NoWriter when the time is over.

        After two holds of the whole time in vain nobody is held until a database takes work again.
        `work` may be started several times, of which at most one commits or each commits the same:
        that is what its idempotency key is for.
        """
        whole = self._hold_seconds if self._in_vain < _PATIENCE else 0.0
        limit = whole if hold_seconds is None else min(hold_seconds, whole)
        held_since: float | None = None
        site = self._site or self.ask()
        while True:
            if site is not None:
                try:
                    value = work(self._sessions.get(site))
                except (psycopg.Error, DatabaseUnreachable, NotTheWriter) as error:
                    self._judge(site, error)
                else:
                    self._site = self._last = site
                    self._in_vain = 0
                    held = None if held_since is None else (time.monotonic() - held_since) * 1e3
                    return Done(value, site, held)
            held_since = held_since or time.monotonic()
            waited = time.monotonic() - held_since
            if waited >= limit:
                self._in_vain += hold_seconds is None
                raise NoWriter(held_ms=waited * 1e3)
            low, high = _ASK_SECONDS if waited < _PATIENT_AFTER_SECONDS else _PATIENT_ASK_SECONDS
            time.sleep(random.uniform(low, high))  # noqa: S311 - spreads sandboxes, guards nothing
            site = self.ask()

    def ask(self) -> Site | None:
        """Ask every database, the likeliest first, whether it accepts; None when none does."""
        self._site = next((site for site in self._likeliest_first() if self._accepts(site)), None)
        self._last = self._site or self._last
        return self._site

    def ask_all(self) -> None:
        """Connect to every database, and learn who accepts; fails for none of them."""
        accepting = [site for site in self._likeliest_first() if self._accepts(site)]
        self._site = self._last = next(iter(accepting), None)

    def keep_warm(self) -> None:
        """Now and then look, beside the request, whether the other database's connection lives.

        In a thread of its own: a database that is gone must not cost a request its connect timeout.
        """
        if time.monotonic() - self._touched_at < _TOUCH_EVERY_SECONDS:
            return
        self._touched_at = time.monotonic()
        for site in self._sessions.sites:
            if site is not self._site:
                name = f"payshift-touch-{site}"
                threading.Thread(target=self._touch, args=(site,), name=name, daemon=True).start()

    def _touch(self, site: Site) -> None:
        # The first question finds out that a connection is dead, the second one opens another.
        for _ in range(2):
            self._accepts(site)

    def _likeliest_first(self) -> list[Site]:
        # After a refusal the writer is on its way to the other side.
        return sorted(self._sessions.sites, key=lambda site: site is self._last)

    def _accepts(self, site: Site) -> bool:
        try:
            return read_writer(self._sessions.get(site)).accepting
        except DatabaseFailed:
            # Out of reach, or not prepared yet: either way it takes no payment.
            return False
        except psycopg.Error:
            self._sessions.drop(site)
            return False

    def _judge(self, site: Site, error: Exception) -> None:
        """Raise what waiting cannot mend; forget a connection that is no longer sound."""
        if not isinstance(error, psycopg.Error):
            return
        if error.sqlstate in _TRANSIENT:
            return
        lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        if not lost and error.sqlstate != _READ_ONLY:
            raise error
        self._sessions.drop(site)
