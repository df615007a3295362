"""Which run is the newest, for gates: they tell both databases of theirs, and ask for a newer one.

Each phase has a lock of its own, so runs of two phases may go on side by side. The newest run says
where production shall be; an older one must not end as if it had brought it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import psycopg

from app.errors import DatabaseFailed
from app.migration import journal
from app.migration.answers import insist_on_newest
from app.migration.connection import DatabaseSettings, connect
from app.migration.cut_off import cut_off
from app.migration.fence import read_writer
from app.migration.sites import Databases

APPLICATION_NAME = "payshift-gate"
# A line to write, and one to read: a gate waits no longer for a database that says nothing.
ANSWER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class RunOrder:
    """Asks the journals of both databases; whoever has none is asked nothing."""

    databases: Callable[[], Databases]

    def announce(self, run_id: str) -> None:
        """Leave word of a run at every site that can be reached."""
        for settings in self.databases().values():
            # What is away holds nothing up here: the checks look at it, and `insist` needs both.
            with suppress(DatabaseFailed, psycopg.Error), _session(settings) as session:
                journal.write(
                    session,
                    run_id=run_id,
                    step=journal.GATE,
                    epoch=read_writer(session).epoch,
                    detail={},
                )

    def insist(self, run_id: str) -> None:
        """Raise HandoverRefused when a journal knows a newer run, DatabaseFailed if one is mute."""
        try:
            with ExitStack() as stack:
                sessions = {
                    site: stack.enter_context(_session(settings))
                    for site, settings in self.databases().items()
                }
                insist_on_newest(sessions, run_id=run_id)
        except psycopg.Error as error:
            raise DatabaseFailed(
                f"Whether run {run_id} is the newest is not known: {error}",
                remedy="Look at both databases, then start a new run.",
            ) from error


@contextmanager
def _session(settings: DatabaseSettings) -> Iterator[psycopg.Connection]:
    with (
        connect(settings, application_name=APPLICATION_NAME) as session,
        cut_off(session, after_seconds=ANSWER_SECONDS),
    ):
        yield session
