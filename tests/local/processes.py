"""Starts the real processes of the local environment for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.config.base import Settings


@dataclass(frozen=True)
class Started:
    """A process and what it said when it was ready."""

    process: subprocess.Popen[str]
    said: dict[str, Any]


@contextmanager
def running(module: str, *, settings: Settings, directory: Path) -> Iterator[Started]:
    """Run `python -m module` while the test does; it must end well when asked to."""
    file = directory / f"{module}.json"
    file.write_text(settings.model_dump_json(), encoding="utf-8")
    process = subprocess.Popen(
        # Tied to this process: a suite that is interrupted runs no fixture to its end.
        [
            sys.executable,
            "-m",
            "app.local.child",
            str(os.getpid()),
            module,
            "--settings",
            str(file),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert said["ready"] is True
        yield Started(process, said)
    finally:
        process.terminate()
        code = process.wait(timeout=60)
    assert code in (0, -signal.SIGKILL)
