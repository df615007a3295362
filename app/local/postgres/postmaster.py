"""A running postmaster, known by the file that it writes into its data directory."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import psutil

from app.errors import LocalEnvironmentFailed

POLL_SECONDS = 0.02


class StopMode(Enum):
    """How to stop: `FAST` ends sessions and checkpoints, `IMMEDIATE` leaves recovery to do."""

    FAST = signal.SIGINT
    IMMEDIATE = signal.SIGQUIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmaster:
    """The state of a data directory's server."""

    data: Path

    @property
    def pid(self) -> int | None:
        """Promise the process id of a server that is alive, else None."""
        lines = self._lines()
        try:
            process = psutil.Process(int(lines[0]))
            # A recycled process id is not our server.
            alive = "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE
        except (IndexError, ValueError, psutil.Error):
            return None
        return process.pid if alive else None

    @property
    def ready(self) -> bool:
        """Tell whether the server accepts connections (line 8 of postmaster.pid)."""
        lines = self._lines()
        # A killed server leaves its file behind, still saying "ready".
        return self.pid is not None and len(lines) >= 8 and lines[7].strip() == "ready"  # noqa: PLR2004 - its line number

    def stop(self, *, mode: StopMode = StopMode.FAST, deadline_seconds: float = 30) -> None:
        """Stop the server and wait until it is gone; a server that is not there is no error."""
        pid = self.pid
        if pid is None:
            return
        processes = self._family(pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, mode.value)
        alive = _wait(processes, deadline_seconds=deadline_seconds)
        if alive and mode is StopMode.FAST:
            self.stop(mode=StopMode.IMMEDIATE, deadline_seconds=5)
        elif alive:
            self.kill()

    def kill(self) -> None:
        """Kill the postmaster with SIGKILL and wait until its processes have noticed."""
        pid = self.pid
        if pid is None:
            return
        processes = self._family(pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        for process in _wait(processes, deadline_seconds=2):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def reload(self) -> None:
        """Make a running server read its configuration and certificates again."""
        pid = self.pid
        if pid is None:
            raise LocalEnvironmentFailed("The PostgreSQL server is not running.")
        os.kill(pid, signal.SIGHUP)

    def _lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return []

    @staticmethod
    def _family(pid: int) -> list[psutil.Process]:
        try:
            process = psutil.Process(pid)
            return [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def _wait(processes: list[psutil.Process], *, deadline_seconds: float) -> list[psutil.Process]:
    """Return the processes that still run then. One that nobody reaps counts as ended."""
    end = time.monotonic() + deadline_seconds
    while alive := [process for process in processes if _runs(process)]:
        if time.monotonic() > end:
            return alive
        time.sleep(POLL_SECONDS)
    return []


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_ready(
    *, postmaster: Postmaster, exited: Callable[[], bool], deadline_seconds: float
) -> bool:
    """Wait for the server to accept connections; False when `exited()` says it has ended."""
    end = time.monotonic() + deadline_seconds
    while time.monotonic() < end:
        if postmaster.ready:
            return True
        if exited():
            return False
        time.sleep(POLL_SECONDS)
    raise LocalEnvironmentFailed(
        f"PostgreSQL in {postmaster.data} was not ready after {deadline_seconds:g} s.",
        remedy="The machine may be overloaded; try again.",
    )
