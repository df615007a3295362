"""What must hold before writes are stopped: fence, both ways, no stragglers, sequences ahead."""

from __future__ import annotations

import time

from app.errors import HandoverRefused
from app.migration import sequences
from app.migration.deadline import Deadline
from app.migration.markers import round_trip
from app.migration.replication.base import Replication, Sessions
from app.migration.replication.direction import Direction
from app.migration.schema import unfenced_tables
from app.migration.sites import Site

# A marker that takes longer than this would make the pause long: wait a while for a calmer moment,
# and refuse when the moment does not come.
CALM_LAG_SECONDS = 0.1
TOLERABLE_LAG_SECONDS = 1.0
PATIENCE_SECONDS = 10.0
PROBE_SECONDS = 5.0
LONG_TRANSACTION_SECONDS = 1.0
POLL_SECONDS = 0.05

_LONG_WRITERS = """
SELECT a.pid, a.application_name, extract(epoch FROM clock_timestamp() - a.xact_start)::float8
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted
  AND ((l.classid::bigint << 32) | l.objid::bigint) = payshift.fence_key()
  AND a.xact_start < clock_timestamp() - make_interval(secs => %s)
ORDER BY a.xact_start
"""
_PREPARED = "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()"


def preflight(
    *, sessions: Sessions, writer: Site, replication: Replication, deadline: Deadline
) -> None:
    """Raise HandoverRefused, with every reason, if the writer cannot be moved away now.

    Prepares the other site on the way: sequences ahead, the way back brought close. Changes
    nothing that clients could notice.
    """
    away = Direction(writer)
    found = [
        f"the fence is missing on {', '.join(bare)} at {site}"
        for site in Site
        if (bare := unfenced_tables(sessions[site]))
    ]
    found += replication.problems(
        sessions=sessions, writer=writer, deadline=deadline.within(seconds=PATIENCE_SECONDS)
    )
    if not found:
        replication.ready_way_back(sessions=sessions, writer=writer)
        sequences.set_ahead(source=sessions[writer], target=sessions[away.target])
        found += _sequence_problems(sessions, away=away)
        found += _way_back_problems(sessions, back=away.opposite, deadline=deadline)
        found += _straggler_problems(sessions, writer=writer, deadline=deadline)
        found += _lag_problems(sessions, away=away, deadline=deadline)
    if found:
        raise HandoverRefused(
            f"The writer cannot be moved from {writer} to {writer.other}: {'; '.join(found)}.",
            remedy="Mend this and start again; nothing was changed.",
        )


def _sequence_problems(sessions: Sessions, *, away: Direction) -> list[str]:
    late = sequences.behind(source=sessions[away.source], target=sessions[away.target])
    return [f"sequence {name} at {away.target} is not ahead" for name in late]


def _way_back_problems(sessions: Sessions, *, back: Direction, deadline: Deadline) -> list[str]:
    seconds = round_trip(
        sessions=sessions,
        direction=back,
        table=back.probe_table,
        deadline=deadline.within(seconds=PROBE_SECONDS),
    )
    if seconds is None:
        return [f"a probe from {back.source} to {back.target} did not arrive: no way back"]
    return []


def _straggler_problems(sessions: Sessions, *, writer: Site, deadline: Deadline) -> list[str]:
    session, patience = sessions[writer], deadline.within(seconds=PATIENCE_SECONDS)
    prepared = session.execute(_PREPARED).fetchone()
    if prepared is not None and prepared[0]:
        return [f"{prepared[0]} prepared transactions at {writer}"]
    while row := session.execute(_LONG_WRITERS, (LONG_TRANSACTION_SECONDS,)).fetchone():
        if patience.passed:
            return [f"session {row[0]} ({row[1]}) at {writer} has been writing for {row[2]:.0f} s"]
        time.sleep(POLL_SECONDS)
    return []


def _lag_problems(sessions: Sessions, *, away: Direction, deadline: Deadline) -> list[str]:
    patience = deadline.within(seconds=PATIENCE_SECONDS)
    while True:
        seconds = round_trip(
            sessions=sessions, direction=away, table=away.marker_table, deadline=patience
        )
        if seconds is not None and seconds <= CALM_LAG_SECONDS:
            return []
        if patience.passed:
            if seconds is not None and seconds <= TOLERABLE_LAG_SECONDS:
                return []
            lag = f"{PATIENCE_SECONDS:.0f} s or more" if seconds is None else f"{seconds:.2f} s"
            return [f"{away.target} is {lag} behind"]
        time.sleep(POLL_SECONDS)
