"""DMS tasks in both directions, of which one rests; PostgreSQL's slots keep rows from going back.

A task may remember an older place in the log than the one from which it shall go on. That does no
harm: PostgreSQL never streams what lies before the place to which a slot was moved, whatever its
reader asks for. So the slot is moved past all that came from the other site before its task is
started, and a loop is impossible whatever DMS believes. A crash of the slot's site may put the
slot back: so a turn is over when the task has brought a row of its own epoch, and asks for no less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.config.carrier import DMS_DRAIN_SECONDS, DMS_TURN_SECONDS
from app.errors import DatabaseFailed
from app.migration import markers
from app.migration.deadline import Deadline
from app.migration.replication import catalog
from app.migration.replication.base import Pace, Sessions
from app.migration.replication.direction import Direction
from app.migration.replication.dms_tasks import RUNNING, DmsTasks, Task
from app.migration.sites import Site

if TYPE_CHECKING:
    from uuid import UUID

# DMS commits about once a second (CommitTimeout 1) and reads in batches: see handover-pause.md.
DMS_PACE = Pace(
    calm_lag_seconds=2.0,
    tolerable_lag_seconds=5.0,
    probe_seconds=30.0,
    drain_seconds=DMS_DRAIN_SECONDS,
    turn_seconds=DMS_TURN_SECONDS,
)


class DmsReplication:
    """Four tasks: data and probe, forward (away from legacy) and reverse."""

    pace = DMS_PACE

    def __init__(self, *, tasks: DmsTasks) -> None:
        self._tasks = tasks

    def problems(self, *, sessions: Sessions, writer: Site, deadline: Deadline) -> tuple[str, ...]:
        """Return what stands in the way of moving the writer away; empty when nothing does.

        A task that is on its way to running has until the deadline.
        """
        away = Direction(writer)
        found = []
        for stream in (_stream(away), _probe(away), _probe(away.opposite)):
            task = self._tasks.wait_until(stream, {RUNNING}, deadline=deadline)
            if task is None or task.status != RUNNING:
                found.append(f"DMS task {stream} is {_condition(task)}")
        rest = self._tasks.find(_stream(away.opposite))
        if rest is None or rest.busy:
            found.append(
                f"DMS task {_stream(away.opposite)} is {rest.status if rest else 'missing'}"
            )
        for direction in (away, away.opposite):
            found += _slot_problems(sessions, direction)
        return (*found, *self.uncarried(sessions))

    def uncarried(self, sessions: Sessions) -> tuple[str, ...]:
        """Return, in sentences, which tables a site has and the task away from it does not name."""
        found = []
        for direction in (Direction(site) for site in Site):
            stream = _stream(direction)
            carried = self._tasks.carried(stream)
            if carried is None:
                continue
            tables = catalog.replicated_tables(sessions[direction.source])
            left = [table for table in tables if table not in carried]
            if left:
                found.append(
                    f"DMS task {stream} does not carry {', '.join(left)} from {direction.source}"
                )
        return tuple(found)

    def ready_way_back(
        self, *, sessions: Sessions, writer: Site, at_most_bytes: int | None = None
    ) -> bool:
        """Move the resting slot towards the end of its site's log."""
        back = Direction(writer.other)
        name = _slot(sessions, back)
        return name is not None and catalog.advance_if_resting(
            sessions[back.source], name=name, at_most_bytes=at_most_bytes
        )

    def turn(self, *, sessions: Sessions, writer: Site, position: str | None) -> None:
        """Stop what flows towards the writer, then start what flows away from it, in this order."""
        if position is None:
            return
        away, deadline = Direction(writer), Deadline(seconds=DMS_TURN_SECONDS)
        incoming = self._tasks.need(_stream(away.opposite))
        outgoing = self._tasks.need(_stream(away))
        source, name = sessions[away.source], _slot(sessions, away)
        if name is None:
            raise DatabaseFailed(
                f"The slot of DMS task {_stream(away)} is missing at {away.source}.",
                remedy="Without it changes are lost: load the target anew before going on.",
            )
        begun = _has_begun(sessions, away, name=name, position=position)
        if begun and outgoing.status == RUNNING and not incoming.busy:
            return
        self._tasks.stop(incoming, deadline=deadline)
        if not begun:
            # One that starts already, or runs, reads from where a crash has put its slot back.
            self._tasks.stop(outgoing, deadline=deadline)
            outgoing = self._tasks.need(_stream(away))
        if not outgoing.busy:
            # Only a slot that nobody reads can be moved.
            catalog.wait_for_slot(source, name=name, active=False, deadline=deadline)
            catalog.advance(source, name=name, position=position)
        marker = markers.leave(source, table=away.marker_table)
        self._tasks.start(
            outgoing,
            # DMS takes no start before the place of the slot, which may lie a record further.
            position=catalog.place_of(source, name=name),
            deadline=deadline,
            goes_on=begun,
        )
        _wait_for_first_row(sessions, away, marker=marker, deadline=deadline)


def _has_begun(sessions: Sessions, away: Direction, *, name: str, position: str) -> bool:
    """Tell whether the task away from the writer was started in this epoch already.

    Its slot stands there; where a crash has put it back, a marker of this epoch has arrived.
    """
    return catalog.stands_at(
        sessions[away.source], name=name, position=position
    ) or markers.arrived_since_change(sessions=sessions, direction=away)


def _wait_for_first_row(
    sessions: Sessions, away: Direction, *, marker: UUID, deadline: Deadline
) -> None:
    """Wait until the task remembers a place in this epoch.

    The slot's own place is durable with the next checkpoint only. A task that has brought a row
    asks for what follows it, wherever a crash puts the slot.
    """
    if not markers.wait_for(
        sessions=sessions,
        direction=away,
        table=away.marker_table,
        marker=marker,
        deadline=deadline,
    ):
        raise DatabaseFailed(
            f"DMS task {_stream(away)} has brought no row to {away.target} in time.",
            remedy="Look at its log, then run the handover again.",
        )


def _condition(task: Task | None) -> str:
    if task is None:
        return "missing"
    if task.never_run:
        return f"{task.status}, nobody has started it yet (payshift replication start)"
    return f"{task.status} ({task.trouble})" if task.trouble else task.status


def _stream(direction: Direction) -> str:
    return "forward" if direction.source is Site.LEGACY else "reverse"


def _probe(direction: Direction) -> str:
    return f"{_stream(direction)}-probe"


def _slot_problems(sessions: Sessions, direction: Direction) -> list[str]:
    name = _slot(sessions, direction)
    if name is None:
        return [f"the slot of DMS task {_stream(direction)} is missing at {direction.source}"]
    slot = catalog.read_slot(sessions[direction.source], name=name)
    if slot is None or slot.lost:
        return [f"replication slot {name} at {direction.source} lost its log"]
    return []


def _slot(sessions: Sessions, direction: Direction) -> str | None:
    """Return the slot that a direction's task reads: ours by name, or the one that DMS has made.

    A full load must make its own slot, under a name that only DMS knows: it is the only logical
    slot of the database that the engine did not make. With several, none can be told for certain.
    Only AWS is loaded: a strange slot there is somebody else's.
    """
    found = sessions[direction.source].execute(_SLOTS, (direction.data,)).fetchall()
    names = [str(name) for (name,) in found]
    if direction.data in names:
        return direction.data
    loaded = direction.target is Site.AWS
    return names[0] if loaded and len(names) == 1 else None


_SLOTS = """
SELECT slot_name FROM pg_replication_slots
WHERE slot_type = 'logical' AND database = current_database() AND NOT temporary
  AND (slot_name = %s OR slot_name NOT LIKE 'payshift\\_%%')
"""
