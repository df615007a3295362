"""The programs that build the local target: the pipeline's own command, followed to its end.

The database alone takes four minutes, because the provider waits for it. Clients need it not, so
the environment is ready before, and the rest goes on beside it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.errors import LocalEnvironmentFailed
from app.local.processes import tail

# What needs no name is applied while the names are made; the service looks for them. The rest of
# the target is applied only when it is asked for.
NEEDS_NO_NAME = ("network", "data")
NEEDS_NAMES = ("service",)
SYNTHESIZED = "workspaces from"
NAMES_MADE = "the zone and the images are there"
_RESOURCE = ": aws_"  # lines about single resources go to the log only
_GRACE_SECONDS = 30.0


def applied(workspace: str) -> str:
    """Return what the pipeline says when a workspace is complete."""
    return f"{workspace}: applied"


class TargetRun:
    """A running program of ours. Must be started in a thread that lives on."""

    def __init__(
        self,
        *,
        command: Sequence[str],
        variables: Mapping[str, str],
        log: Path,
        progress: Callable[[str], None],
    ) -> None:
        self._log = log
        self._progress = progress
        self._said: list[str] = []
        self._ended = False
        self._news = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.local.child", str(os.getpid()), "--interrupt", *command],
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._follow, daemon=True)
        self._reader.start()

    def wait_until_said(self, words: str) -> None:
        """Return when it has said so; LocalEnvironmentFailed when it fails."""
        with self._news:
            self._news.wait_for(lambda: self._ended or any(words in line for line in self._said))
        if (complaint := self.failed()) is not None:
            raise LocalEnvironmentFailed(complaint, remedy="mend what it says, then start again")

    def failed(self) -> str | None:
        """How it ended when it did not end well; None while it runs and after a good end."""
        code = self._process.poll()
        if not code:
            return None
        return f"building the target ended with {code}:\n{tail(self._log)}"

    def stop(self) -> None:
        """End it: Terraform finishes what it does, keeps its state and lets go of its lock."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(timeout=_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _follow(self) -> None:
        with self._log.open("w") as copy:
            for line in self._process.stdout or ():
                copy.write(line)
                copy.flush()
                if _RESOURCE not in line:
                    self._progress(f"target: {line.rstrip()}")
                    with self._news:
                        self._said.append(line)
                        self._news.notify_all()
        self._process.wait()
        with self._news:
            self._ended = True
            self._news.notify_all()
