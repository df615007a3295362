"""The whole rehearsal, several times in a row: how long it takes, and what clients feel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.figures import Figure

RUNS = int(os.environ.get("REHEARSALS", "3"))
ROWS = int(os.environ.get("ROWS", "1000000"))
_OUTPUT = Path("build/bench/rehearsal")


def measure() -> tuple[Figure, ...]:
    """Rehearse `REHEARSALS` times (3) with `ROWS` payments (1,000,000); the runs must all pass."""
    seconds, summaries = [], []
    for run in range(RUNS):
        output = _OUTPUT / str(run)
        started = time.monotonic()
        command = [sys.executable, "-m", "app.pipeline.cli", "rehearse"]
        subprocess.run([*command, "--rows", str(ROWS), "--output", str(output)], check=True)
        seconds.append(time.monotonic() - started)
        summaries.append(json.loads((output / "summary.json").read_text()))
    return (
        Figure(name="rehearsal_seconds", unit="s", samples=tuple(seconds)),
        _figure(
            "rehearsal_peak_memory",
            "MiB",
            [[one["memory"]["peak_bytes"] / 2**20] for one in summaries],
        ),
        _figure("rollback_seconds", "s", [_each(one, "rollbacks", "seconds") for one in summaries]),
        _figure(
            "handover_pause_rehearsal",
            "ms",
            [_each(one, "handovers", "pause_ms") for one in summaries],
        ),
        _figure(
            "phase_apply_seconds", "s", [_each(one, "phases", "apply_seconds") for one in summaries]
        ),
    )


def _each(summary: dict[str, Any], listing: str, key: str) -> list[float]:
    return [entry[key] for entry in summary[listing]]


def _figure(name: str, unit: str, samples: list[list[float]]) -> Figure:
    return Figure(name=name, unit=unit, samples=tuple(value for run in samples for value in run))
