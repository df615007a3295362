"""Starts the load as its own process, follows its figures, ends it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

from pydantic import ValidationError

from app.errors import LocalEnvironmentFailed
from app.local.rehearsal.load.config import LoadConfig
from app.local.rehearsal.load.figures import Figures


class LoadProcess:
    """The running load; `figures` is always the newest second."""

    def __init__(self, config: LoadConfig) -> None:
        self.config = config
        self.figures = Figures(at=0)
        self.started_at = 0.0
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """The process id, None before the start."""
        return None if self._process is None else self._process.pid

    @property
    def running(self) -> bool:
        """Whether clients pay."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start paying. The process ends with this one, even after kill -9."""
        self.config.output.mkdir(parents=True, exist_ok=True)
        self.started_at = time.time()
        file = self.config.output / "load.json"
        file.write_text(self.config.model_dump_json(indent=2))
        with (self.config.output / "load.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app.local.rehearsal.load", "--config", str(file),
                 "--parent", str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )  # fmt: skip
        self._reader = threading.Thread(target=self._follow, daemon=True)
        self._reader.start()

    def stop(self, *, timeout_seconds: float = 30) -> None:
        """Stop sending, let the requests in flight finish, wait for the end."""
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=timeout_seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._reader is not None:
            self._reader.join(timeout=5)

    def check(self) -> None:
        """Raise LocalEnvironmentFailed when the load ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            log = self.config.output / "load.log"
            raise LocalEnvironmentFailed(
                f"the load ended by itself: {log.read_text(errors='replace')[-2_000:].strip()}",
                remedy=f"read {log}",
            )

    def _follow(self) -> None:
        if self._process is None or self._process.stdout is None:
            return
        for line in self._process.stdout:
            try:
                self.figures = Figures.model_validate_json(line)
            except ValidationError:
                continue
