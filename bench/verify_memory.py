"""The command itself, in a process of its own: what it holds at most, whatever it finds."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from bench.verify_tables import Sources

_EQUAL, _DIFFERENT = 0, 1


def peak_memory_mib(sources: Sources, table: str, *, equal: bool) -> float:
    """Run `payshift verify` over the table. Raises RuntimeError unless it says what is expected."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "bench.peak_memory", sys.executable]
        command += ["-m", "app.pipeline.cli", "verify", "--table", table]
        for side, source in sources.items():
            file = Path(directory) / side.value
            file.touch(0o600)
            file.write_text(source.settings.conninfo())
            command += [f"--{side}", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != (_EQUAL if equal else _DIFFERENT):
        raise RuntimeError(f"payshift verify ended with {done.returncode}: {done.stderr[-500:]}")
    return float(done.stdout)
