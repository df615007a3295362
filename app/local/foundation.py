"""The foundation of the local target: applied by the pipeline's own command, followed to its end.

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

# What the phases need; the rest of the target is applied only when it is asked for.
SMALLEST = ("network", "data", "service")
# Those that must be complete before clients can pay.
_AWAITED = ("network", "service")
_RESOURCE = ": aws_"  # lines about single resources go to the log only
_GRACE_SECONDS = 30.0


class FoundationRun:
    """A running `payshift deliver --foundation`. Must be started in a thread that lives on."""

    def __init__(
        self,
        *,
        variables: Mapping[str, str],
        log: Path,
        only: Sequence[str],
        progress: Callable[[str], None],
    ) -> None:
        self._log = log
        self._progress = progress
        self._awaited = {f"{name}: applied" for name in _AWAITED}
        self._usable = threading.Event()
        chosen = [word for name in only for word in ("--only", name)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.local.child", str(os.getpid()), "--interrupt",
             "app.pipeline.cli", "deliver", "--foundation", *chosen],
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._follow, daemon=True)
        self._reader.start()

    def wait_until_usable(self) -> None:
        """Return when the awaited workspaces are applied; LocalEnvironmentFailed when it fails."""
        self._usable.wait()
        if (complaint := self.failed()) is not None:
            raise LocalEnvironmentFailed(complaint, remedy="mend what it says, then start again")

    def failed(self) -> str | None:
        """How it ended when it did not end well; None while it runs and after a good end."""
        code = self._process.poll()
        if not code:
            return None
        return f"applying the foundation ended with {code}:\n{tail(self._log)}"

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
                self._awaited = {words for words in self._awaited if words not in line}
                if not self._awaited:
                    self._usable.set()
                if _RESOURCE not in line:
                    self._progress(f"target: {line.rstrip()}")
        self._process.wait()
        self._usable.set()
