"""Whether two databases say the same of a payment, once the one has all that the other had."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from psycopg import sql

from app.lambdas.payment_api.hold import Connection, Done
from app.lambdas.payment_api.models import Payment
from app.lambdas.payment_api.payments import read_payment
from app.lambdas.payment_api.request_log import logger
from app.lambdas.payment_api.sessions import Sessions
from app.lambdas.payment_api.shadow_tally import Tally
from app.migration.fence import read_writer
from app.migration.replication.direction import Direction
from app.migration.sites import Site

# A lag that lasts longer than that is told by its own gate and alarm.
MARKER_SECONDS = 3.0
MOST_ROUNDS = 20
_POLL_SECONDS = 0.02

Payments = dict[UUID, Payment | None]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A payment of which the databases said different things, and how often it was judged."""

    payment_id: UUID
    rounds: int = 0


class Comparison:
    """Asks both databases. Raises what they raise; a caller then knows nothing of these reads."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def other_says_the_same(self, payment_id: UUID, done: Done[Payment | None]) -> bool:
        """Ask the database that did not answer; a difference may still be nothing but lag."""
        other = self._sessions.get(done.site.other)
        return read_payment(other, payment_id).payment == done.value

    def judge(self, suspects: Sequence[Suspect]) -> tuple[Tally, tuple[Suspect, ...]]:
        """Return what is certain now, and the suspects that must be judged again.

        The writer is read, then left a marker, then the marker is awaited at the other site: what
        is read there then is at least as new. If the writer still says what it said first, the
        other site must say it too.
        """
        writer, epoch = self._writer()
        if writer is None:
            return Tally(skipped=len(suspects)), ()
        ids = [suspect.payment_id for suspect in suspects]
        ours, other = self._sessions.get(writer), self._sessions.get(writer.other)
        before = _read(ours, ids)
        if not _passed(ours, other, writer=writer):
            return _again(suspects)
        there = _read(other, ids)
        after = _read(ours, ids)
        if self._writer() != (writer, epoch):
            return Tally(skipped=len(suspects)), ()
        changing, compared, differing = [], 0, 0
        for suspect in suspects:
            one = suspect.payment_id
            if there[one] in (before[one], after[one]):
                compared += 1
            elif before[one] == after[one]:
                compared, differing = compared + 1, differing + 1
                _tell(one, writer=after[one], other=there[one])
            else:
                changing.append(suspect)
        skipped, left = _again(changing)
        return skipped + Tally(compared=compared, differing=differing), left

    def _writer(self) -> tuple[Site | None, int]:
        """Return the one site that accepts writes, and its epoch; None when it is not one."""
        states = [read_writer(self._sessions.get(site)) for site in self._sessions.sites]
        accepting = [state for state in states if state.accepting]
        if len(accepting) != 1:
            return None, 0
        return accepting[0].site, accepting[0].epoch


def _read(connection: Connection, ids: Iterable[UUID]) -> Payments:
    return {one: read_payment(connection, one).payment for one in ids}


def _passed(ours: Connection, other: Connection, *, writer: Site) -> bool:
    """Tell whether the other site has all that ours had committed when this was called."""
    row = ours.execute("SELECT payshift.leave_marker()").fetchone()
    if row is None or row[0] is None:
        return False
    table = sql.Identifier("payshift", Direction(writer).marker_table)
    query = sql.SQL("SELECT FROM {} WHERE id = %s").format(table)
    end = time.monotonic() + MARKER_SECONDS
    while not other.execute(query, (row[0],)).rowcount:
        if time.monotonic() > end:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _again(suspects: Sequence[Suspect]) -> tuple[Tally, tuple[Suspect, ...]]:
    """Judge them in the next round; those that no round could judge are given up."""
    left = tuple(
        replace(suspect, rounds=suspect.rounds + 1)
        for suspect in suspects
        if suspect.rounds < MOST_ROUNDS
    )
    return Tally(skipped=len(suspects) - len(left)), left


def _tell(payment_id: UUID, *, writer: Payment | None, other: Payment | None) -> None:
    """Log which members differ; never their values, which may be somebody's money."""
    members = sorted(
        name
        for name in Payment.model_fields
        if getattr(writer, name, None) != getattr(other, name, None)
    )
    logger().error(
        "reads differ",
        extra={
            "payment": str(payment_id),
            "members": members,
            "missing_at": [
                place for place, one in (("writer", writer), ("other", other)) if one is None
            ],
        },
    )
