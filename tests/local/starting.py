"""Runs `payshift local …` as a person would, below a directory of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 180.0


def payshift(
    *arguments: str, local: Path, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command against the local environment below `local` and wait for its end."""
    return subprocess.run(
        [sys.executable, "-m", "app.pipeline.cli", *arguments],
        cwd=ROOT,
        env=variables(local) | dict(extra or {}),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def variables(local: Path) -> dict[str, str]:
    """Environment variables that put everything below the parent of `local`."""
    return {
        **os.environ,
        "PAYSHIFT_LOCAL_ENVIRONMENT": str(local / "environment.json"),
        "PAYSHIFT_BUILD": str(local.parent),
    }


@dataclass
class Starting:
    """A `payshift local up` that is on its way."""

    local: Path
    rows: int = 200_000
    process: subprocess.Popen[str] = field(init=False)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start it."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.pipeline.cli", "local", "up", "--rows", str(self.rows)],
            cwd=ROOT,
            env=variables(self.local),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def until(self, words: str) -> None:
        """Read its progress until a line has these words."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if words in line:
                return
        raise AssertionError(f"never said {words!r}:\n{''.join(self.said)}")

    def end(self) -> tuple[int, str]:
        """Wait for its end; returns the exit code and what it said since."""
        assert self.process.stderr is not None
        rest = self.process.stderr.read()
        return self.process.wait(timeout=PATIENCE_SECONDS), rest


def places(local: Path) -> list[Path]:
    """Directories that the environment uses outside its own."""
    recorded = local / "places.txt"
    return [Path(line) for line in recorded.read_text().splitlines()] if recorded.exists() else []


def processes(local: Path, *, outside: list[Path] = []) -> list[psutil.Process]:  # noqa: B006 - never changed
    """Every process that belongs to the environment: by its command line or its variables."""
    marks = [str(local), *map(str, outside)]
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            words = [*process.cmdline(), *process.environ().values()]
        except psutil.Error:
            continue
        if any(mark in word for mark in marks for word in words):
            found.append(process)
    return found


def assert_nothing_is_left(local: Path, outside: list[Path]) -> None:
    """Wait, bounded, until no process runs; then there must be no directory either."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left := processes(local, outside=outside):
        assert time.monotonic() < deadline, [one.cmdline() for one in left]
        time.sleep(0.1)
    assert [place for place in (local, *outside) if place.exists()] == []
