"""The long-running programs of the local environment, and how they are started and ended."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import LocalEnvironmentFailed

_READY_SECONDS = 60.0
_LOG_TAIL_LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A running program. `ready` is the JSON line that it printed when it was up."""

    name: str
    process: subprocess.Popen[str]
    log: Path
    ready: Mapping[str, Any]

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def ended(self) -> str | None:
        """How it ended, with the last lines of its log; None while it runs."""
        code = self.process.poll()
        if code is None:
            return None
        return f"{self.name} ended with {code}\n{tail(self.log)}"

    def stop(self, *, grace_seconds: float = 15.0) -> None:
        """End it: politely, then by force."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=grace_seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        if self.process.stdout is not None:
            self.process.stdout.close()


def start_module(
    *,
    name: str,
    module: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
) -> Program:
    """Start a module of this package and wait for its ready line.

    Must be called from a thread that lives as long as the program. Raises
    LocalEnvironmentFailed with the end of its log when it ends or stays silent for 60 seconds.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.local.child", str(os.getpid()), module, *arguments],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            text=True,
        )
    try:
        ready = _ready_line(process, name=name, log=log)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return Program(name=name, process=process, log=log, ready=ready)


def _ready_line(process: subprocess.Popen[str], *, name: str, log: Path) -> Mapping[str, Any]:
    stdout = process.stdout
    if stdout is None:  # pragma: no cover - Popen was asked for a pipe
        raise LocalEnvironmentFailed(f"{name} has no standard output")
    deadline = time.monotonic() + _READY_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([stdout], [], [], left)[0]:
            break
        line = stdout.readline()
        if not line:
            process.wait()
            raise LocalEnvironmentFailed(
                f"{name} did not start (exit code {process.returncode}):\n{tail(log)}"
            )
        with contextlib.suppress(json.JSONDecodeError):
            found = json.loads(line)
            if isinstance(found, dict):
                return found
    raise LocalEnvironmentFailed(
        f"{name} was not ready within {_READY_SECONDS:.0f} s:\n{tail(log)}"
    )


def tail(log: Path, *, lines: int = _LOG_TAIL_LINES) -> str:
    """The last lines of a log, indented; empty if there is none."""
    if not log.is_file():
        return ""
    last = log.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in last)
