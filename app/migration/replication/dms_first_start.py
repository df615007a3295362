"""The first start of DMS's tasks: load the target, make its indexes, arm the way back, follow.

Nothing is remembered outside of DMS and the databases: each run reads how far the last one came
and goes on from there, so it may be interrupted anywhere and run again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import psycopg

from app.errors import DatabaseFailed, FirstLoadRefused
from app.migration import markers
from app.migration.connection import connect
from app.migration.deadline import Deadline
from app.migration.postponed import make_up, postpone
from app.migration.replication import catalog, dms_readiness
from app.migration.replication.base import Sessions
from app.migration.replication.direction import Direction
from app.migration.replication.dms import DmsReplication
from app.migration.replication.dms_connections import DmsConnections
from app.migration.replication.dms_progress import load_line
from app.migration.replication.dms_stage import DmsStanding, Stage
from app.migration.replication.dms_tasks import DmsTasks, Task
from app.migration.schema import guard_tables
from app.migration.sessions import open_sessions
from app.migration.sites import Databases, Site
from app.migration.standing import read_standing

Progress = Callable[[str], None]
CONNECTIONS_SECONDS = 180.0
START_SECONDS = 600.0
# Building indexes over hundreds of gigabytes; the right to hand over is held meanwhile.
BUILD_SECONDS = 24 * 3_600.0
# A row that has not come by then is told; the target may be hours behind after a long load.
MARKER_SECONDS = 30.0
LOOK_SECONDS = 30.0
FORWARD, BACK = Direction(Site.LEGACY), Direction(Site.AWS)
_SIZE = """
SELECT coalesce(sum(pg_total_relation_size(relation)), 0)::float8 / 1e9
FROM payshift.replicated_tables WHERE relkind = 'r'
"""
_POSTPONED = "SELECT count(*) FROM payshift.postponed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstStart:
    """Brings the tasks from "made" to "following". `plugin` decodes the log for their slots.

    `expected_gigabytes` is what the tables take at the source, for the time that is left.
    """

    databases: Databases
    tasks: DmsTasks
    connections: DmsConnections
    plugin: str
    progress: Progress
    expected_gigabytes: float | None = None
    look_seconds: float = LOOK_SECONDS

    def run(self, *, reload: bool = False, wait: bool = True) -> DmsStanding:
        """Do all that is left until every task runs and a fresh row has arrived at both sites.

        Without `wait`, return once the load is under way. `reload` empties the target of a load
        that broke and loads again. Raises FirstLoadRefused with every reason, HandoverRefused
        while a handover or another start holds the databases, DatabaseFailed.
        """
        try:
            return self._run(reload=reload, wait=wait)
        except psycopg.Error as error:
            raise DatabaseFailed(
                f"A database failed during the first start: {error}",
                remedy="Look at it, then run this again; it goes on where it stopped.",
            ) from error

    def _run(self, *, reload: bool, wait: bool) -> DmsStanding:
        standing = DmsStanding.read(self.tasks)
        self.progress(str(standing))
        if standing.stage in {Stage.MISSING, Stage.GONE_BACK}:
            reason = "Rows flow back from aws" if standing.next_step == "" else str(standing)
            raise FirstLoadRefused(
                f"There is nothing to start for the first time: {reason}.",
                remedy=standing.next_step or "a handover turns the tasks: payshift handover",
            )
        if reload or standing.stage in {Stage.NOT_STARTED, Stage.LOAD_BROKEN}:
            self._load(standing, reload=reload)
        if not wait:
            return DmsStanding.read(self.tasks)
        self._watch()
        self._complete()
        self._catch_up()
        return DmsStanding.read(self.tasks)

    def _load(self, standing: DmsStanding, *, reload: bool) -> None:
        forward = self._forward()
        if standing.stage is Stage.LOAD_BROKEN and not reload:
            raise FirstLoadRefused(
                f"DMS task {forward.name} broke its load off at {forward.load.percent} % "
                f"({forward.trouble or forward.status}).",
                remedy="Read its log. Then empty the target and load again: "
                "payshift replication start --reload",
            )
        with self._sessions(START_SECONDS) as sessions:
            self._check(sessions)
            target = sessions[FORWARD.target]
            again = reload and not forward.never_run
            if again:
                self.progress("emptying the target")
                self.tasks.stop(forward, deadline=Deadline(seconds=START_SECONDS))
                _empty(target)
            filled = dms_readiness.filled_tables(target)
            if filled:
                raise FirstLoadRefused(
                    f"{FORWARD.target} holds rows already, in {', '.join(filled)}.",
                    remedy="See whose they are. To delete them all and load: "
                    "payshift replication start --reload",
                )
            if not _postponed(target):
                postpone(target, primary_keys=False)
            self.progress("starting the load; DMS goes on with it, also when this command ends")
            self.tasks.load(forward, anew=again, deadline=Deadline(seconds=START_SECONDS))

    def _check(self, sessions: Sessions) -> None:
        _insist_on_legacy(sessions)
        for session in sessions.values():
            dms_readiness.let_dms_keep_its_tables(session)
        self.progress("looking at both databases")
        replication = DmsReplication(tasks=self.tasks)
        faults = dms_readiness.faults(
            sessions=sessions,
            writer=FORWARD.source,
            replication=replication,
            postponed=_postponed(sessions[FORWARD.target]) > 0,
        )
        faults += replication.uncarried(sessions)
        if faults:
            raise FirstLoadRefused(
                f"The target cannot be loaded: {'; '.join(faults)}.",
                remedy="Mend this and run it again; nothing was started.",
            )
        self.progress("letting DMS try its connections")
        self.connections.prove(
            [task for task in DmsStanding.read(self.tasks).tasks.values() if task is not None],
            deadline=Deadline(seconds=CONNECTIONS_SECONDS),
        )

    def _watch(self) -> None:
        """Tell how the load goes on until it is over. Raises FirstLoadRefused when it breaks."""
        while True:
            forward = self._forward()
            if forward.load.over:
                return
            if not forward.busy:
                raise FirstLoadRefused(
                    f"DMS task {forward.name} broke its load off at {forward.load.percent} % "
                    f"({forward.trouble or forward.status}).",
                    remedy="Read its log. Then: payshift replication start --reload",
                )
            with connect(self.databases[FORWARD.target], application_name="payshift-load") as aws:
                row = aws.execute(_SIZE).fetchone()
            self.progress(
                load_line(
                    forward,
                    gigabytes=float(row[0]) if row else 0.0,
                    expected_gigabytes=self.expected_gigabytes,
                )
            )
            time.sleep(self.look_seconds)

    def _complete(self) -> None:
        """Make indexes while nothing is applied, arm both probes and the way back, go on."""
        with self._sessions(BUILD_SECONDS) as sessions:
            _insist_on_legacy(sessions)
            self._make_up(sessions)
            for session in sessions.values():
                guard_tables(session)
            self._arm(sessions)
            self.progress("starting to follow the source")
            deadline = Deadline(seconds=START_SECONDS)
            self.tasks.start(self._forward(), position="", deadline=deadline)

    def _make_up(self, sessions: Sessions) -> None:
        target = sessions[FORWARD.target]
        left = _postponed(target)
        if not left:
            return
        # Whoever applies changes meanwhile would wait for locks until DMS gives the statement up.
        self.tasks.stop(self._forward(), deadline=Deadline(seconds=START_SECONDS))
        self.progress(f"making {left} indexes and constraints at {FORWARD.target}")
        make_up(target)
        self.progress("gathering statistics")
        target.execute(f"ANALYZE {', '.join(dms_readiness.business_tables(target))}".encode())

    def _arm(self, sessions: Sessions) -> None:
        """Make the slots now and not before: they would keep the log of the whole load."""
        self.progress("arming the probes and the way back")
        catalog.make_slot(sessions[BACK.source], name=BACK.data, plugin=self.plugin)
        for direction, stream in ((FORWARD, "forward-probe"), (BACK, "reverse-probe")):
            position = catalog.make_slot(
                sessions[direction.source], name=direction.probe, plugin=self.plugin
            )
            self.tasks.start(
                self.tasks.need(stream),
                position=position,
                deadline=Deadline(seconds=START_SECONDS),
                goes_on=True,
            )

    def _catch_up(self) -> None:
        """Wait until a fresh row arrives in both directions, and nothing is wrong."""
        ways = ((FORWARD, FORWARD.marker_table), (BACK, BACK.probe_table))
        for direction, table in ways:
            while True:
                with self._sessions(START_SECONDS) as sessions:
                    seconds = markers.round_trip(
                        sessions=sessions,
                        direction=direction,
                        table=table,
                        deadline=Deadline(seconds=MARKER_SECONDS),
                    )
                if seconds is not None:
                    break
                self._insist_on_running()
                self.progress(
                    f"{direction.target} is more than {MARKER_SECONDS:g} s behind, catching up"
                )
            self.progress(f"a row from {direction.source} to {direction.target}: {seconds:.2f} s")

    def _insist_on_running(self) -> None:
        faults = DmsStanding.read(self.tasks).faults
        if faults:
            raise DatabaseFailed(
                f"{'; '.join(faults)}.", remedy="Read its log, then run this again."
            )

    def _forward(self) -> Task:
        return self.tasks.need("forward")

    def _sessions(self, seconds: float) -> AbstractContextManager[Sessions]:
        return open_sessions(self.databases, deadline=Deadline(seconds=seconds))


def _insist_on_legacy(sessions: Sessions) -> None:
    """A database that has ever been the writer is not loaded over. Raises FirstLoadRefused."""
    standing = read_standing(sessions)
    if standing.writer is not FORWARD.source or standing.position is not None:
        raise FirstLoadRefused(
            f"{standing.last} writes in epoch {standing.epoch}: the writer has been moved before.",
            remedy="What the target holds may be newer; a handover turns the tasks.",
        )


def _postponed(target: psycopg.Connection) -> int:
    row = target.execute(_POSTPONED).fetchone()
    return int(row[0]) if row else 0


def _empty(target: psycopg.Connection) -> None:
    """Delete what a load has left; the fence lets the engine through as the replication."""
    with target.transaction():
        target.execute("SET LOCAL session_replication_role = replica")
        tables = [*dms_readiness.business_tables(target), f"payshift.{FORWARD.marker_table}"]
        target.execute(f"TRUNCATE {', '.join(tables)}".encode())
