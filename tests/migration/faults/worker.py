"""A process that carries out one handover and stops at one step until it is told to go on.

It speaks JSON lines: the job on standard input, then `go`; on standard output the steps that it
reached and how the handover ended.
"""

from __future__ import annotations

import importlib
import json
import signal
import sys
import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from app.errors import PayshiftError
from app.migration import deadline
from app.migration.handover import Handover
from app.migration.replication.logical import LogicalReplication
from app.migration.sites import Databases, Site
from tests.migration.faults.jobs import Job

_FAR = 1e6  # seconds past every deadline


def _main() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    job = Job.model_validate_json(sys.stdin.readline())
    _set(job.early_limits)
    databases: Databases = {Site(site): settings for site, settings in job.databases.items()}
    try:
        outcome = _as_function(job, databases) if job.callback_port else _plainly(job, databases)
    except PayshiftError as error:
        outcome = {"outcome": type(error).__name__, "message": error.message}
    except KeyboardInterrupt:
        outcome = {"outcome": "KeyboardInterrupt", "message": ""}
    _say(outcome)


def _plainly(job: Job, databases: Databases) -> dict[str, Any]:
    handover = Handover(
        databases=databases, replication=LogicalReplication(), observer=_Holder(job).observe
    )
    result = handover.run(to=job.to, run_id=job.run_id, deadline_seconds=job.deadline_seconds)
    return {"outcome": "completed" if result.changed else "unchanged", **result.as_record()}


def _as_function(job: Job, databases: Databases) -> dict[str, Any]:
    """Carry it out as the handover function does for CloudFormation, with Lambda's clock."""
    from tests.migration.faults.function import invoke  # noqa: PLC0415 - costs 0.4 s, needed rarely

    invoke(job, databases, observer=_Holder(job).observe)
    return {"outcome": "answered", "message": ""}


class _Holder:
    """The observer of the handover: says each step, and waits at the one that was asked for."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def observe(self, step: str) -> None:
        _say({"step": step})
        if step != self._job.hold_at:
            return
        sys.stdin.readline()
        _set(self._job.limits)
        if self._job.expires:
            _expire()


def _set(limits: Mapping[str, float]) -> None:
    """Shorten what the engine waits for, so that a fault shows at once."""
    for name, value in limits.items():
        module, _, constant = name.rpartition(".")
        found = importlib.import_module(module)
        assert hasattr(found, constant), name
        setattr(found, constant, value)


def _expire() -> None:
    """Let every deadline that was set so far have passed."""
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + _FAR)
    setattr(deadline, "time", clock)  # noqa: B010 - what the module uses, not what it offers


def _say(record: Mapping[str, Any]) -> None:
    print(json.dumps(record), flush=True)


if __name__ == "__main__":
    _main()
