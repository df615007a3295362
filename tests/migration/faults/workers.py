"""Worker processes as the tests hold them: started ahead of time, stopped at a step, killed."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.migration.faults.jobs import Job

Record = dict[str, Any]
_ROOT = Path(__file__).parents[3]


class Worker:
    """One process; everything that it says arrives in order."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.migration.faults.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
            start_new_session=True,
        )
        self._said: queue.Queue[Record | None] = queue.Queue()
        self._outcome: Record | None = None
        threading.Thread(target=self._read, daemon=True).start()

    def start(self, job: Job) -> None:
        """Hand over the job."""
        self._tell(job.model_dump_json())

    def reached(self, step: str, *, timeout_seconds: float = 60) -> bool:
        """Wait until it stops at the step; False when the handover ended before."""
        while True:
            record = self._said.get(timeout=timeout_seconds)
            if record is None or "outcome" in record:
                self._outcome = record
                return False
            if record.get("step") == step:
                return True

    def go(self) -> None:
        """Let it go on."""
        self._tell("go")

    def outcome(self, *, timeout_seconds: float = 60) -> Record:
        """Wait for its end; raises queue.Empty when it neither ends nor says anything in time."""
        while self._outcome is None:
            record = self._said.get(timeout=timeout_seconds)
            if record is None:
                self._outcome = {"outcome": "died", "message": ""}
            elif "outcome" in record:
                self._outcome = record
        self.end()
        return self._outcome

    def kill(self) -> None:
        """Kill it with SIGKILL and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def interrupt(self) -> None:
        """Do what Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> None:
        """Wait for a process that has said its last word, or kill it."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.kill()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(json.loads(line))
        self._said.put(None)


class Workers:
    """Keeps one worker ahead: it has loaded everything before it is needed."""

    def __init__(self) -> None:
        self._next = Worker()

    def take(self) -> Worker:
        """Return a process that waits for its job."""
        taken, self._next = self._next, Worker()
        return taken

    def close(self) -> None:
        """End the one that waits."""
        self._next.kill()
