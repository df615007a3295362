"""How far the first start of DMS's tasks has come, told from the tasks alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.migration.replication.dms_tasks import FAILED, RUNNING, DmsTasks, Task

STREAMS = ("forward", "reverse", "forward-probe", "reverse-probe")


class Stage(StrEnum):
    """Where the tasks stand, in the order in which a first start passes through."""

    MISSING = "missing"
    NOT_STARTED = "not started"
    LOADING = "loading"
    LOAD_BROKEN = "load broken"
    LOADED = "loaded"
    FOLLOWING = "following"
    GONE_BACK = "reverse"


_NEXT = {
    Stage.MISSING: "apply the workspace replication: payshift deliver --foundation",
    Stage.NOT_STARTED: "load the target: payshift replication start",
    Stage.LOADING: "follow it: payshift replication start",
    Stage.LOAD_BROKEN: "read the task's log, then load anew: payshift replication start --reload",
    Stage.LOADED: "make indexes and start the rest: payshift replication start",
    Stage.FOLLOWING: "",
    Stage.GONE_BACK: "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DmsStanding:
    """The tasks by stream, None where one is missing."""

    tasks: Mapping[str, Task | None]

    @classmethod
    def read(cls, tasks: DmsTasks) -> DmsStanding:
        """Ask DMS for every task. Raises DatabaseFailed."""
        return cls(tasks={stream: tasks.find(stream) for stream in STREAMS})

    @property
    def stage(self) -> Stage:
        """Promise where the tasks stand."""
        forward, reverse = self.tasks["forward"], self.tasks["reverse"]
        if forward is None or None in self.tasks.values():
            return Stage.MISSING
        if reverse is not None and reverse.busy:
            return Stage.GONE_BACK
        if forward.never_run:
            return Stage.NOT_STARTED
        if not forward.load.over:
            return Stage.LOADING if forward.busy else Stage.LOAD_BROKEN
        return Stage.FOLLOWING if forward.busy else Stage.LOADED

    @property
    def next_step(self) -> str:
        """Promise what to do now; empty when there is nothing to do."""
        return _NEXT[self.stage]

    @property
    def faults(self) -> tuple[str, ...]:
        """Promise what is wrong with tasks that should carry rows by now, in sentences."""
        stage = self.stage
        if stage not in {Stage.FOLLOWING, Stage.GONE_BACK}:
            failed = [one for one in self.tasks.values() if one and one.status == FAILED]
            return tuple(f"DMS task {one.name} failed: {one.trouble}" for one in failed)
        data = "forward" if stage is Stage.FOLLOWING else "reverse"
        return tuple(
            f"DMS task {stream} is {task.status if task else 'missing'}, not running"
            for stream, task in self.tasks.items()
            if (stream == data or stream.endswith("probe"))
            and (task is None or task.status != RUNNING)
        )

    def as_record(self) -> dict[str, Any]:
        """Return plain values."""
        forward = self.tasks["forward"]
        return {
            "stage": self.stage.value,
            "next_step": self.next_step,
            "load_percent": forward.load.percent if forward else 0,
            "tasks": {stream: task.status if task else None for stream, task in self.tasks.items()},
        }

    def __str__(self) -> str:
        states = ", ".join(
            f"{stream} {task.status if task else 'missing'}" for stream, task in self.tasks.items()
        )
        return f"{self.stage}: {states}"
